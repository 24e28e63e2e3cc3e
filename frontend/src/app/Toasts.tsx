import "@mantine/core/styles/Notification.layer.css";
import "@mantine/notifications/styles.layer.css";

import { Notifications } from "@mantine/notifications";
import type { JSX } from "react";

/** Where toasts appear: bottom left, over no card. What was said before it is there waits in the store. */
export default function Toasts(): JSX.Element {
  return <Notifications position="bottom-left" autoClose={6000} limit={3} transitionDuration={120} />;
}
