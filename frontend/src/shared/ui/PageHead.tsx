import type { JSX, ReactNode } from "react";

import classes from "./pageHead.module.css";

export interface PageHeadProps {
  title: string;
  /** What one must know to read the page. */
  about?: ReactNode;
  /** What acts on the whole page. */
  tools?: ReactNode;
  /** Its parts, where it shows one at a time. */
  tabs?: ReactNode;
}

/** The first line of every page but Live: its one h1, always of the same size in the same place. */
export function PageHead({ title, about, tools, tabs }: PageHeadProps): JSX.Element {
  return (
    <header className={classes.head}>
      <h1>{title}</h1>
      {tabs !== undefined && <div className={classes.tabs}>{tabs}</div>}
      {about !== undefined && <p className={classes.about}>{about}</p>}
      {tools !== undefined && <div className={classes.tools}>{tools}</div>}
    </header>
  );
}
