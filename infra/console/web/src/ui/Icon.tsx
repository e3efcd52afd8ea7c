/** Line icons of one weight; each stands beside its word. */
const PATHS = {
  check: "M3.5 8.5l3 3 6-7",
  clock: "M8 4.5V8l2.5 1.5M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0z",
  cross: "M4.5 4.5l7 7m0-7l-7 7",
  alert: "M8 5.5v3.2m0 2.3v.1M7.1 2.6L1.8 12a1 1 0 0 0 .9 1.5h10.6a1 1 0 0 0 .9-1.5L8.9 2.6a1 1 0 0 0-1.8 0z",
  question: "M6.2 6a1.9 1.9 0 1 1 2.6 1.8c-.5.2-.8.6-.8 1.1v.3m0 2v.1M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0z",
  dash: "M4 8h8",
  dot: "M8 8h.01",
  play: "M5.5 3.8v8.4l6.5-4.2z",
  pause: "M5.5 4v8m5-8v8",
  search: "M10.5 10.5L14 14m-2.2-6.8a4.6 4.6 0 1 1-9.2 0 4.6 4.6 0 0 1 9.2 0z",
  plus: "M8 3.5v9M3.5 8h9",
  down: "M4.5 6.5L8 10l3.5-3.5",
  up: "M4.5 9.5L8 6l3.5 3.5",
  sort: "M5.5 6.5L8 4l2.5 2.5m-5 3L8 12l2.5-2.5",
  link: "M6.7 9.3l2.6-2.6M7 4.8l1.2-1.2a2.9 2.9 0 0 1 4.2 4.2l-1.2 1.2m-2.2 2.2l-1.2 1.2a2.9 2.9 0 0 1-4.2-4.2l1.2-1.2",
  columns: "M2.5 3.5h11v9h-11zm3.7 0v9m3.6-9v9",
  download: "M8 2.5v7m0 0L5.2 6.8M8 9.5l2.8-2.7M2.8 12.8h10.4",
  star: "M8 2.3l1.7 3.6 3.9.5-2.9 2.7.8 3.9L8 11.1 4.5 13l.8-3.9L2.4 6.4l3.9-.5z",
  retry: "M13 3.2v3.3H9.7M12.8 6.4A5.2 5.2 0 1 0 13.2 9",
  sun: "M8 1.8v1.4m0 9.6v1.4m6.2-6.2h-1.4M3.2 8H1.8m10.6-4.4l-1 1m-6.8 6.8l-1 1m8.8 0l-1-1M4.6 4.6l-1-1M10.8 8a2.8 2.8 0 1 1-5.6 0 2.8 2.8 0 0 1 5.6 0z",
  keyboard: "M1.8 4.2h12.4v7.6H1.8zm2.7 2.5h.01m2.3 0h.01m2.3 0h.01m2.3 0h.01M5 9.5h6",
  edit: "M9.8 3.8l2.4 2.4M3 13l.6-2.8 7.5-7.5 2.2 2.2-7.5 7.5z",
  external: "M9 3h4v4m0-4L7.5 8.5M11.5 9.5v3h-8v-8h3",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
