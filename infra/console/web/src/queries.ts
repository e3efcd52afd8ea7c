import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { getInvoice, listConnections, listInvoices, type Schemas, summarize } from "./api";

export function useConnections() {
  return useQuery({ queryKey: ["connections"], queryFn: ({ signal }) => listConnections(signal), staleTime: 5 * 60_000 });
}

/** A question's pages. `past` asks the providers themselves, not what is kept of them. */
export function useInvoices(question: string) {
  const asked = useRef(false);
  const past = useRef(false);
  const query = useInfiniteQuery({
    queryKey: ["invoices", question],
    queryFn: ({ pageParam, signal }) => {
      // A cursor leads on where its first page was read: at the provider, or in a copy of it.
      if (pageParam === null) past.current = asked.current;
      return listInvoices(question, pageParam, past.current, signal);
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page.hasMore ? page.nextCursor : null),
    placeholderData: (before) => before,
  });
  const askAgain = async () => {
    asked.current = true;
    try {
      await query.refetch();
    } finally {
      asked.current = false;
    }
  };
  return { ...query, askAgain };
}

export function useSummary(question: string, enabled: boolean) {
  const [past, setPast] = useState(0);
  const query = useQuery({
    queryKey: ["summary", question, past],
    queryFn: ({ signal }) => summarize(question, past > 0, signal),
    enabled,
    placeholderData: (before) => before,
  });
  return { ...query, askAgain: () => setPast((times) => times + 1) };
}

export function useInvoice(id: string, includes: Schemas["Include"][]) {
  return useQuery({
    queryKey: ["invoice", id, includes.join()],
    queryFn: ({ signal }) => getInvoice(id, includes, signal),
    staleTime: 0,
  });
}

/** The instant (ms) of the last failure, for what counts down from it. */
export function useFailedAt(error: Error | null): number {
  const [at, setAt] = useState(() => Date.now());
  useEffect(() => {
    if (error) setAt(Date.now());
  }, [error]);
  return at;
}
