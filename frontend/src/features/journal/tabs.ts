/** The journal's tabs, in their order; `about` has the words by which the palette finds them. */
export const TABS = [
  { id: "review", title: "Review", about: "unlabelled alerts judge label" },
  { id: "trades", title: "Trades", about: "import broker csv taken profit" },
  { id: "calendar", title: "Calendar", about: "days months profit" },
  { id: "breakdown", title: "Breakdown", about: "statistics tags hours excursions" },
] as const;
