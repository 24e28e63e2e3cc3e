import { describe, expect, it } from "vitest";

import { ACTIONS, bindingsWith, IDLE, keyCap, ownerOf, resolve, type KeyPress } from "./keys";

const defaults = bindingsWith({});
const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  focus: "none",
  ...more,
});
const act = (key: string, more: Partial<KeyPress> = {}): string | null => {
  const { result } = resolve(IDLE, press(key, more), defaults, 0);
  return result.kind === "action" ? result.action : null;
};

describe("keys", () => {
  it("trigger their action", () => {
    expect(act("j")).toBe("nextCard");
    expect(act("J")).toBe("nextCard");
    expect(act("?")).toBe("help");
    expect(act("Escape")).toBe("interruptVoice");
  });

  it("are ignored in fields, with other modifiers and on repeat", () => {
    expect(act("1", { focus: "text" })).toBeNull();
    expect(act("1", { ctrlKey: true })).toBeNull();
    expect(act("1", { altKey: true })).toBeNull();
    expect(act("1", { metaKey: true })).toBeNull();
    expect(act("1", { repeat: true })).toBeNull();
  });

  it("leave Space and Enter to a focused control", () => {
    expect(act(" ")).toBe("silenceVoice");
    expect(act(" ", { focus: "control" })).toBeNull();
    expect(act("Enter", { focus: "control" })).toBeNull();
    expect(act("1", { focus: "control" })).toBe("labelGood");
  });

  it("go to a page by a second letter within a second", () => {
    const first = resolve(IDLE, press("g"), defaults, 1000);
    expect(first.result).toEqual({ kind: "none" });
    expect(resolve(first.state, press("l"), defaults, 1900).result).toEqual({ kind: "page", page: "live" });
    expect(resolve(first.state, press("l"), defaults, 2100).result).toEqual({ kind: "none" });
    expect(resolve(first.state, press("k"), defaults, 1900).result).toEqual({ kind: "action", action: "previousCard" });
  });

  it("have no two actions on one key by default", () => {
    expect(new Set(ACTIONS.map((action) => action.key)).size).toBe(ACTIONS.length);
  });

  it("can be bound anew or off, and a clash is named", () => {
    const changed = bindingsWith({ labelGood: "x", undo: "" });
    expect(resolve(IDLE, press("x"), changed, 0).result).toEqual({ kind: "action", action: "labelGood" });
    expect(resolve(IDLE, press("u"), changed, 0).result).toEqual({ kind: "none" });
    expect(ownerOf(changed, "j", "labelGood")).toBe("nextCard");
    expect(ownerOf(changed, "x", "labelGood")).toBeNull();
    expect(ownerOf(changed, "", "labelGood")).toBeNull();
  });

  it("are printed as key caps", () => {
    expect([keyCap("g"), keyCap(" "), keyCap("Escape"), keyCap("["), keyCap("")]).toEqual(["G", "Space", "Esc", "[", "off"]);
  });
});
