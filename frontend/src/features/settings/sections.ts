/** The sections of the settings, in their order; `about` has the words by which the palette finds them. */
export const SECTIONS = [
  { id: "risk", title: "Risk", about: "policy gates limits daily loss streak cooldown budget position size money at risk" },
  { id: "alerts", title: "Alerts", about: "held back signals desktop notifications confidence" },
  { id: "delivery", title: "Delivery", about: "destinations outside this page address" },
  { id: "sound", title: "Sound", about: "tones volume voice speech" },
  { id: "keys", title: "Keys", about: "keyboard shortcuts bindings" },
  { id: "display", title: "Display", about: "theme dark light colours motion" },
  { id: "account", title: "Account", about: "password name log out" },
] as const;

export type SectionId = (typeof SECTIONS)[number]["id"];
