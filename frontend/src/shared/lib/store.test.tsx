import { act, render, screen } from "@testing-library/react";
import { expect, it } from "vitest";

import { createStore, sameItems, usePart } from "./store";

interface State {
  names: readonly string[];
  late: number;
}

const long = ({ names }: State): readonly string[] => names.filter((name) => name.length > 2);

it("draws a component again only when its part of the store has changed", () => {
  const store = createStore<State>({ names: ["a", "abc"], late: 0 });
  let drawn = 0;
  function Names(): React.JSX.Element {
    drawn += 1;
    return <p>{usePart(store, long, sameItems).join()}</p>;
  }
  render(<Names />);
  expect(screen.getByText("abc")).toBeInTheDocument();
  act(() => store.set({ names: ["b", "abc"], late: 1 }));
  expect(drawn).toBe(1);
  act(() => store.set({ names: ["b", "abc", "defg"], late: 1 }));
  expect(screen.getByText("abc,defg")).toBeInTheDocument();
  expect(drawn).toBe(2);
});
