/** Toasts, whose code comes with the first one: the live page is up before anything is to be said. */
import type { NotificationData } from "@mantine/notifications";

import { createStore, useStore } from "@/shared/lib/store";

const wanted = createStore(false);

/** Whether the place where toasts appear is needed yet. */
export const useToastsWanted = (): boolean => useStore(wanted);

/** Shows a toast; one with the same id is replaced. */
export async function toast(data: NotificationData & { id: string }): Promise<void> {
  wanted.set(true);
  const { notifications } = await import("@mantine/notifications");
  notifications.hide(data.id);
  notifications.show(data);
}

export async function hideToast(id: string): Promise<void> {
  const { notifications } = await import("@mantine/notifications");
  notifications.hide(id);
}
