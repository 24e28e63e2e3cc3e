import { act, render } from "@testing-library/react";
import { useLayoutEffect, useState, type JSX } from "react";
import { expect, it } from "vitest";

import { KeyboardProvider, useKeys } from "./keyboard";

const press = (key: string): void => {
  window.dispatchEvent(new KeyboardEvent("keydown", { key }));
};

it("a key that comes with what is newly on the screen is answered from that", () => {
  const heard: number[] = [];
  let show: (shown: number) => void = () => undefined;
  function Keys({ shown }: { shown: number }): null {
    useKeys({ nextSymbol: () => heard.push(shown) });
    return null;
  }
  function Page(): JSX.Element {
    const [shown, setShown] = useState(0);
    useLayoutEffect(() => {
      show = setShown;
      if (shown > 0) press("]"); // the commit's own moment: the page shows it, no effect has run
    }, [shown]);
    return <Keys shown={shown} />;
  }
  render(
    <KeyboardProvider enabled changed={{}} goTo={() => undefined}>
      <Page />
    </KeyboardProvider>,
  );
  act(() => show(1));
  expect(heard).toEqual([1]);
});
