import { keptStore } from "./store";

export type Theme = "system" | "light" | "dark";

export const theme = keptStore<Theme>("theme", "system");

export function beginTheme(): void {
  const apply = () => {
    document.documentElement.style.colorScheme = theme.get() === "system" ? "light dark" : theme.get();
  };
  theme.follow(apply);
  apply();
}
