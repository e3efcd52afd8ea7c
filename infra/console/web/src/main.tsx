import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { followLink } from "./address";
import { CallError } from "./problem";
import { beginSession } from "./session";
import { readSettings } from "./settings";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/pages.css";
import { beginTheme } from "./theme";
import { Boundary } from "./ui/Boundary";

beginTheme();
document.addEventListener("click", followLink);

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      // A problem is told at once; a network that blinks is asked once more.
      retry: (failures, error) => failures < 1 && error instanceof CallError && error.status === 0,
    },
  },
});

const root = document.getElementById("root");
if (root) void begin(root);

async function begin(at: HTMLElement): Promise<void> {
  try {
    if ((await beginSession(await readSettings())) === "leaving") return;
  } catch (error) {
    at.textContent = error instanceof Error ? error.message : String(error);
    return;
  }
  createRoot(at).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <Boundary>
          <App />
        </Boundary>
      </QueryClientProvider>
    </StrictMode>,
  );
}
