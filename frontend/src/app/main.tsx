import "@fontsource-variable/ibm-plex-sans/wght.css";
import "@/shared/ui/fonts/fonts.css";
import "@/shared/ui/mantineCss";
import "@/shared/ui/base.css";

import { QueryClientProvider } from "@tanstack/react-query";
import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { makeQueryClient } from "@/shared/api/queries";

import { App } from "./App";
import { styleNonce } from "./nonce";

// The scroll lock of modals injects a style element of its own; it asks this library for the nonce.
setNonce(styleNonce());

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={makeQueryClient()}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
