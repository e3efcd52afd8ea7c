// Made by generate.mjs out of infra/openapi.yaml; change that, and make it anew.

export interface paths {
    "/invoices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List invoices
         * @description One listing over all connections, or those named. Everything asked must hold. A parameter that takes
         *     a list has its values with commas between, or stands once for each of them. A filter or an
         *     order that a provider lacks is applied by the bridge, and `sources` tells who did; a filter for
         *     which a provider has no data at all (`absent`) matches none of its invoices.
         *
         *     Without `sort` the connections are read one after the other, each in its own order, and no
         *     further than the page needs. With it they are merged into one order; ties stand by reference,
         *     and invoices that lack the key come last either way.
         *
         *     A page may be shorter than `limit`, even empty, while `hasMore` is true: the time for one answer
         *     ended before the provider's pages did. Follow `nextCursor`, or the `Link` header, to the end.
         *
         *     One connection failing does not fail the listing, whatever it fails of: its source says `failed` and
         *     why. One whose rows cannot all be read says `partial`. All of them failing fails the listing, as does
         *     any that fails or is partial with `require=all`.
         *
         *     A page ends before it is larger than an answer may be, some 5.9 MB: it is shorter than `limit` then,
         *     `hasMore` is true, and the cursor goes on.
         */
        get: operations["listInvoices"];
        put?: never;
        post?: never;
        /**
         * Delete many invoices, Nue's own form
         * @deprecated
         * @description The same as `POST /invoices/delete`, for those who write to Nue so already. Not every client and proxy sends the body of a DELETE.
         */
        delete: operations["deleteInvoicesByBody"];
        options?: never;
        /**
         * Ask what a listing would say
         * @description As GET of the same, without the body.
         */
        head: operations["headInvoices"];
        patch?: never;
        trace?: never;
    };
    "/invoices/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Sum up invoices
         * @description How many invoices answer a listing's filter, and what they come to: exact sums of `total` and
         *     `balance`, by currency, and never across currencies. An amount that a provider does not give is counted
         *     as `unknown`, not as 0; amounts without a currency have no sum.
         *
         *     `by` groups the same, by any of the five. `aging` is by the civil days (UTC) since the due date of what
         *     is outstanding: of binding invoices with something left to pay. Its buckets add up to what is
         *     outstanding; all else is `not_outstanding`. A group without an invoice is left out.
         *
         *     All invoices that answer are read, each connection within the bounds of a listing that no provider
         *     sorts: one of which more than 5,000 answer fails alone (`too_many`), and `complete` is false.
         *     `sources` tells what is missing, `asOf` how old the oldest of it is. The answer is kept as a listing's
         *     is, and a write invalidates it.
         */
        get: operations["summarizeInvoices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /**
         * Ask what a summary would say
         * @description As GET of the same, without the body.
         */
        head: operations["headSummary"];
        patch?: never;
        trace?: never;
    };
    "/invoices/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read one invoice
         * @description The invoice as its provider has it now; reading one is never answered from the cache.
         */
        get: operations["getInvoice"];
        put?: never;
        post?: never;
        /**
         * Delete one invoice
         * @description The result has no invoice, since there is none any more.
         */
        delete: operations["deleteInvoice"];
        options?: never;
        /**
         * Ask whether an invoice has changed
         * @description As GET of the same, without the body.
         */
        head: operations["headInvoice"];
        /**
         * Change fields of an invoice
         * @description A JSON merge patch (RFC 7396) over an invoice's writable fields: what is not named stays, `null`
         *     clears. Which of them a provider can change differs (the table in the README tells); one that it
         *     cannot is refused with a pointer to it and with those that it can, and nothing is sent.
         */
        patch: operations["updateInvoice"];
        trace?: never;
    };
    "/invoices/activate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Activate many invoices
         * @description Makes drafts binding. Name the invoices by `invoiceIds`, or by `filter` in the listing's own
         *     vocabulary; at most 500 a call, and more that match are refused with their number. Each has its
         *     own outcome. An active invoice is `unchanged`.
         */
        post: operations["activateInvoices"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/invoices/{id}/activate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Activate one invoice
         * @description Makes a draft binding. Fusebill gives the posted invoice a new id, which the answer has.
         */
        post: operations["activateInvoice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/invoices/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel many invoices
         * @description Withdraws invoices, named as for `POST /invoices/activate`.
         */
        post: operations["cancelInvoices"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/invoices/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel one invoice
         * @description Withdraws an invoice. Reversing it or writing it off is never passed off as that.
         */
        post: operations["cancelInvoice"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/invoices/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tell what has changed
         * @description What has changed, and what is gone, of connections of which a copy is kept: in the order in which the bridge learned of it, each invoice once, at its latest change, and never skipping one. Without `since` and `cursor` all that there is, as created. For operators.
         */
        get: operations["listChanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /**
         * Ask whether changes are told
         * @description As GET of the same, without the body.
         */
        head: operations["headChanges"];
        patch?: never;
        trace?: never;
    };
    "/invoices/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Delete many invoices
         * @description Removes invoices, named as for `POST /invoices/activate`.
         */
        post: operations["deleteInvoices"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/connections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the connections
         * @description The connections the caller may use, and what each can do: the very table by which the bridge decides. No provider is asked.
         */
        get: operations["listConnections"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /**
         * Ask whether the connections have changed
         * @description As GET of the same, without the body.
         */
        head: operations["headConnections"];
        patch?: never;
        trace?: never;
    };
    "/webhooks/{connection}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tell that something changed at a provider
         * @description For the provider of a connection, at which this address is registered; one of the two routes without
         *     a token. The call is proved by the connection's secret over the body as it came: a signature in
         *     `Stripe-Signature`, the three headers of Standard Webhooks (`webhook-id`, `webhook-timestamp`,
         *     `webhook-signature`), a signature or a fixed value in a header that the secret names, or Basic
         *     credentials. What cannot be proved, or says that it is older than five minutes, is answered 401
         *     without a word, and does nothing.
         *
         *     Nothing of the body is believed but which invoices it names. These are read at the provider; then
         *     listings are read anew, a write on them that was left `unknown` is settled where the provider shows
         *     it carried out, and `Invoice Changed` or `Invoice Deleted` is put on the bus.
         */
        post: operations["receiveWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/{connection}/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tell that something changed at a provider that signs nothing
         * @description The same, for a provider that proves nothing by itself: the address that is registered there ends with
         *     a token that nobody guesses.
         */
        post: operations["receiveWebhookWithToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description The name the owner of the stack gave to one account at one provider.
         * @example nue
         * @example fusebill-eu
         */
        ConnectionName: string;
        /**
         * @description `{connection}:{the provider's own id}`; it routes itself. What a path cannot hold of an id, encoded or not, is written as `~2F` (`/`), `~3F` (`?`) and the like. Of a provider that takes an id in upper and lower case, every spelling is the one invoice, whose `id` is the provider's own.
         * @example nue:c52f7158-b164-44fa-93c5-e4b16420c371
         * @example fusebill:draft.77
         */
        Reference: string;
        /** @description A reference that a path can hold. */
        PathReference: string;
        /** @description The reference of an invoice. */
        AskedReference: string;
        /** @description The reference of a customer, or a provider's own id for one. */
        CustomerId: string;
        /**
         * Format: date
         * @description A day, without a time and a zone.
         * @example 2026-07-01
         */
        CivilDate: string;
        /**
         * @description An instant, or a day in UTC.
         * @example 2026-07-01T09:30:00Z
         * @example 2026-07-01
         */
        Moment: string;
        /**
         * Format: decimal
         * @description A decimal of at most 28 digits.
         * @example 12.50
         */
        DecimalText: string;
        /**
         * @description A text without commas.
         * @example PO-7
         */
        FilterText: string;
        /** @description Words to look for. */
        Search: string;
        /**
         * @description A key to sort by, with `-` in front for the greatest first.
         * @enum {string}
         */
        Sort: "invoiceDate" | "-invoiceDate" | "dueDate" | "-dueDate" | "createdAt" | "-createdAt" | "modifiedAt" | "-modifiedAt" | "amount" | "-amount" | "balance" | "-balance" | "number" | "-number";
        /** @description Where an invoice is in its life: `draft` (not yet binding), `pending_activation` (waiting for the provider), `active` (binding), `canceled` (withdrawn), `unknown` (the provider's word is not known). */
        Status: "draft" | "pending_activation" | "active" | "canceled" | "unknown" | (string & {});
        /** @description How far an invoice is paid: Nue's thirteen words, and what the other providers say beside them. */
        PaymentStatus: "not_transferred" | "transferred" | "transfer_error" | "unpaid" | "partially_paid" | "paid" | "credit_back" | "applied" | "partially_applied" | "refunded" | "partially_refunded" | "written_off" | "partially_written_off" | "overdue" | "disputed" | "canceled" | "processing" | "failed" | "unknown" | (string & {});
        /**
         * @description A word of the life cycle or of the payment to look for, in any spelling; these are the usual ones.
         * @enum {string}
         */
        AskedStatus: "draft" | "pending_activation" | "active" | "canceled" | "unknown" | "not_transferred" | "transferred" | "transfer_error" | "unpaid" | "partially_paid" | "paid" | "credit_back" | "applied" | "partially_applied" | "refunded" | "partially_refunded" | "written_off" | "partially_written_off" | "overdue" | "disputed" | "processing" | "failed";
        /**
         * @description A word of the payment to look for, in any spelling; these are the usual ones.
         * @enum {string}
         */
        AskedPaymentStatus: "not_transferred" | "transferred" | "transfer_error" | "unpaid" | "partially_paid" | "paid" | "credit_back" | "applied" | "partially_applied" | "refunded" | "partially_refunded" | "written_off" | "partially_written_off" | "overdue" | "disputed" | "canceled" | "processing" | "failed" | "unknown";
        /** @description Who owes whom. `receivable`, a customer the company; `payable`, the company a supplier. */
        Direction: "receivable" | "payable" | (string & {});
        /**
         * @description What can be asked for beside the invoice itself.
         * @enum {string}
         */
        Include: "lines" | "assets" | "orders" | "payments" | "raw";
        /** @description `applied`: it was done. `unchanged`: it was so already, and nothing was sent. `rejected`: nothing happened. `unknown`: it may or may not have happened. */
        Outcome: "applied" | "unchanged" | "rejected" | "unknown" | (string & {});
        /** @description An ISO 4217 code. */
        Currency: "AED" | "AFN" | "ALL" | "AMD" | "AOA" | "ARS" | "AUD" | "AWG" | "AZN" | "BAM" | "BBD" | "BDT" | "BGN" | "BHD" | "BIF" | "BMD" | "BND" | "BOB" | "BOV" | "BRL" | "BSD" | "BTN" | "BWP" | "BYN" | "BZD" | "CAD" | "CDF" | "CHE" | "CHF" | "CHW" | "CLF" | "CLP" | "CNY" | "COP" | "COU" | "CRC" | "CUC" | "CUP" | "CVE" | "CZK" | "DJF" | "DKK" | "DOP" | "DZD" | "EGP" | "ERN" | "ETB" | "EUR" | "FJD" | "FKP" | "GBP" | "GEL" | "GHS" | "GIP" | "GMD" | "GNF" | "GTQ" | "GYD" | "HKD" | "HNL" | "HRK" | "HTG" | "HUF" | "IDR" | "ILS" | "INR" | "IQD" | "IRR" | "ISK" | "JMD" | "JOD" | "JPY" | "KES" | "KGS" | "KHR" | "KMF" | "KPW" | "KRW" | "KWD" | "KYD" | "KZT" | "LAK" | "LBP" | "LKR" | "LRD" | "LSL" | "LYD" | "MAD" | "MDL" | "MGA" | "MKD" | "MMK" | "MNT" | "MOP" | "MRU" | "MUR" | "MVR" | "MWK" | "MXN" | "MXV" | "MYR" | "MZN" | "NAD" | "NGN" | "NIO" | "NOK" | "NPR" | "NZD" | "OMR" | "PAB" | "PEN" | "PGK" | "PHP" | "PKR" | "PLN" | "PYG" | "QAR" | "RON" | "RSD" | "RUB" | "RWF" | "SAR" | "SBD" | "SCR" | "SDG" | "SEK" | "SGD" | "SHP" | "SLE" | "SLL" | "SOS" | "SRD" | "SSP" | "STN" | "SVC" | "SYP" | "SZL" | "THB" | "TJS" | "TMT" | "TND" | "TOP" | "TRY" | "TTD" | "TWD" | "TZS" | "UAH" | "UGX" | "USD" | "USN" | "UYI" | "UYU" | "UYW" | "UZS" | "VED" | "VES" | "VND" | "VUV" | "WST" | "XAD" | "XAF" | "XAG" | "XAU" | "XBA" | "XBB" | "XBC" | "XBD" | "XCD" | "XCG" | "XDR" | "XOF" | "XPD" | "XPF" | "XPT" | "XSU" | "XTS" | "XUA" | "XXX" | "YER" | "ZAR" | "ZMW" | "ZWG" | "ZWL" | (string & {});
        /**
         * Format: decimal
         * @description Exact, with at least the places of its currency, never rounded.
         * @example 226.33
         */
        Amount: string;
        /** @description An object of the provider's own, as it sent it. */
        ProviderObject: {
            [key: string]: unknown;
        };
        /** @description An invoice, whatever provider it came from. Every key is there, but for those that `includes` asks for. */
        Invoice: {
            id: components["schemas"]["Reference"];
            connection: components["schemas"]["ConnectionName"];
            /** @description The kind of provider (`nue`, `fusebill`, ..). */
            provider: string;
            direction: components["schemas"]["Direction"];
            /** @description The number people know it by. */
            number: string | null;
            customer: components["schemas"]["Customer"];
            /** @description Who is paid, on a payable. */
            supplier: components["schemas"]["Supplier"] | null;
            status: components["schemas"]["Status"];
            /** @description The status in the provider's own word. */
            providerStatus: string | null;
            paymentStatus: components["schemas"]["PaymentStatus"];
            /** @description The payment status in the provider's own word. */
            providerPaymentStatus: string | null;
            /** @description Of every amount on it. */
            currency: components["schemas"]["Currency"] | null;
            amounts: components["schemas"]["Amounts"];
            dates: components["schemas"]["Dates"];
            timestamps: components["schemas"]["Timestamps"];
            /** @description Terms of payment, in the provider's word (`Net10`). */
            terms: string | null;
            /** @description The provider's id of the contact it is sent to. */
            billToContactId: string | null;
            payment: components["schemas"]["Payment"];
            documents: components["schemas"]["Documents"];
            tracking: components["schemas"]["Tracking"];
            /** @description What people wrote on it, oldest first. Empty for a token with the claim `customers`, which finds nothing by them either: they are the company's own. */
            comments: components["schemas"]["InvoiceComment"][];
            /** @description The account's own fields, as the provider sends them. */
            customFields: {
                [key: string]: unknown;
            };
            availableActions: components["schemas"]["AvailableActions"];
            /** @description What it is made of; with `includes=lines`. */
            lines?: components["schemas"]["Line"][] | null;
            /** @description The assets it bills, as the provider sends them; with `includes=assets`. */
            assets?: components["schemas"]["ProviderObject"][] | null;
            /** @description The orders it bills, as the provider sends them; with `includes=orders`. */
            orders?: components["schemas"]["ProviderObject"][] | null;
            /** @description The payments applied to it, as the provider sends them; with `includes=payments`. */
            payments?: components["schemas"]["ProviderObject"][] | null;
            /** @description The provider's own object, byte for byte; with `includes=raw`. */
            raw?: components["schemas"]["ProviderObject"];
        };
        /** @description Who owes the invoice; on a payable the company itself. */
        Customer: {
            id: components["schemas"]["Reference"] | null;
            name: string | null;
            /** @description The address invoices are sent to. */
            email: string | null;
        };
        /** @description Who is paid by a payable. */
        Supplier: {
            id: components["schemas"]["Reference"];
        };
        /** @description What it comes to, in its currency. */
        Amounts: {
            /** @description What is to be paid in all, taxes included. */
            total: components["schemas"]["Amount"] | null;
            /** @description The total before taxes. */
            withoutTax: components["schemas"]["Amount"] | null;
            tax: components["schemas"]["Amount"] | null;
            /** @description What was taken off. */
            discount: components["schemas"]["Amount"] | null;
            /** @description Shipping and handling. */
            shipping: components["schemas"]["Amount"] | null;
            paid: components["schemas"]["Amount"] | null;
            credited: components["schemas"]["Amount"] | null;
            /** @description What was given up. */
            writtenOff: components["schemas"]["Amount"] | null;
            /** @description What is still owed. */
            balance: components["schemas"]["Amount"] | null;
        };
        /** @description The days of an invoice; null where the provider does not say. */
        Dates: {
            /**
             * Format: date
             * @description The date on the invoice.
             */
            invoice: string | null;
            /**
             * Format: date
             * @description When it is to be paid.
             */
            due: string | null;
            /**
             * Format: date
             * @description The first day it covers.
             */
            periodStart: string | null;
            /**
             * Format: date
             * @description The last day it covers.
             */
            periodEnd: string | null;
            /**
             * Format: date
             * @description The day up to which the provider billed.
             */
            target: string | null;
        };
        /** @description What happened to an invoice when, as its provider tells. */
        Timestamps: {
            /** Format: date-time */
            created: string | null;
            /** Format: date-time */
            modified: string | null;
            /**
             * Format: date-time
             * @description When it became binding.
             */
            activated: string | null;
            /**
             * Format: date-time
             * @description When it was withdrawn.
             */
            canceled: string | null;
        };
        /** @description How it is, was and will be paid. */
        Payment: {
            /** @description Card, check, .. in the provider's word. */
            method: string | null;
            paymentId: string | null;
            /** @description Where the customer can pay. */
            hostedUrl: string | null;
            /** @description Payments made. */
            records: components["schemas"]["PaymentRecord"][];
            /** @description When which part falls due. */
            schedule: components["schemas"]["Installment"][];
        };
        /** @description Where an invoice can be fetched as a document. */
        Documents: {
            /** @description The printed form. */
            pdfUrl: string | null;
        };
        /** @description Other systems' names for it. */
        Tracking: {
            /** @description The customer's purchase orders. */
            poNumbers: string[];
            poDates: string[];
            /** @description The customer's account at the supplier. */
            accountNumber: string | null;
            /** @description What ties it to a bank statement. */
            reconciliationId: string | null;
            /** @description Ids in other systems, by the system's name. */
            externalIds: {
                [key: string]: string;
            };
            /** @description Whether it reached the books, in the provider's word. */
            accountingStatus: string | null;
            /** @description Whether taxes were worked out, in the provider's word. */
            taxStatus: string | null;
        };
        /** @description What somebody wrote on an invoice. */
        InvoiceComment: {
            text: string;
            /** Format: date-time */
            createdAt: string | null;
            author: string | null;
        };
        /** @description What may be done now, by the provider's rules. */
        AvailableActions: {
            activate?: components["schemas"]["AvailableAction"];
            cancel?: components["schemas"]["AvailableAction"];
            delete?: components["schemas"]["AvailableAction"];
            update?: components["schemas"]["AvailableAction"];
        };
        /** @description An action that may be done now. */
        AvailableAction: {
            /** @description The status it has afterwards; null when it is gone. */
            resultingStatus: components["schemas"]["Status"] | null;
        };
        /** @description One line of an invoice. */
        Line: {
            id: string | null;
            /** @description What is charged. */
            name: string | null;
            description: string | null;
            /**
             * Format: decimal
             * @description How many, of any unit; a decimal.
             */
            quantity: string | null;
            unitPrice: components["schemas"]["Amount"] | null;
            /** @description What the line comes to. */
            amount: components["schemas"]["Amount"] | null;
            /** Format: date */
            periodStart: string | null;
            /** Format: date */
            periodEnd: string | null;
            /** @description How a tiered price came about. */
            tiers: components["schemas"]["PriceTier"][];
            discounts: components["schemas"]["Discount"][];
            /** @description The tracked items bought on this line, as the provider sends them; with `showTrackedItems=true`. */
            trackedItems: components["schemas"]["ProviderObject"][] | null;
        };
        /** @description One page of invoices, and what became of each connection. */
        Listing: {
            /** @description One page of invoices, in the asked order. */
            data: components["schemas"]["Invoice"][];
            /** @description Whether asking again with `nextCursor` may bring more. */
            hasMore: boolean;
            /** @description Where to go on from; opaque. */
            nextCursor: string | null;
            /** @description Invoices that answer over all connections; null unless every connection's number is known. */
            total: number | null;
            /** @description What became of each connection. */
            sources: components["schemas"]["Source"][];
        };
        /**
         * @description What a summary is grouped by.
         * @enum {string}
         */
        Dimension: "connection" | "status" | "paymentStatus" | "aging" | "currency";
        /** @description What all invoices that answer come to. */
        Summary: {
            /** @description What it is grouped by, each once. */
            by: components["schemas"]["Dimension"][];
            /**
             * Format: date
             * @description The day that the aging is reckoned from; null where nothing is grouped by it.
             */
            agingDate: string | null;
            /** @description How many invoices. */
            count: number;
            /** @description What they come to, by currency. */
            amounts: components["schemas"]["AmountSums"][];
            /** @description The same, by group. */
            groups: components["schemas"]["SummaryGroup"][];
            /** @description Whether every invoice that answers is counted; where not, `sources` tells what is missing. */
            complete: boolean;
            /**
             * Format: date-time
             * @description When the first of the providers was asked; nothing in it is older.
             */
            asOf: string;
            /** @description What became of each connection. */
            sources: components["schemas"]["Source"][];
        };
        /** @description What the invoices of one group come to. */
        SummaryGroup: {
            key: components["schemas"]["SummaryKey"];
            /** @description How many invoices. */
            count: number;
            /** @description What they come to, by currency. */
            amounts: components["schemas"]["AmountSums"][];
        };
        /** @description What the invoices of a group share; one member for each word of `by`. */
        SummaryKey: {
            connection?: components["schemas"]["ConnectionName"];
            status?: components["schemas"]["Status"];
            paymentStatus?: components["schemas"]["PaymentStatus"];
            aging?: components["schemas"]["Aging"];
            /** @description ISO 4217; null where the provider gives none. */
            currency?: string | null;
        };
        /** @description How many days ago what is outstanding fell due. `not_outstanding`: a draft, a canceled invoice, or one of which nothing is left to pay. */
        Aging: "not_due" | "1_30" | "31_60" | "61_90" | "over_90" | "no_due_date" | "not_outstanding" | (string & {});
        /** @description What the invoices of one currency come to. */
        AmountSums: {
            /** @description ISO 4217; null for invoices of which no currency is known. */
            currency: string | null;
            /** @description How many invoices. */
            count: number;
            total: components["schemas"]["AmountSum"];
            balance: components["schemas"]["AmountSum"];
        };
        /** @description The exact sum of what is known, and how much is not. */
        AmountSum: {
            /** @description Null where no amount is known, or where more than 28 digits would be needed. */
            sum: components["schemas"]["Amount"] | null;
            /** @description How many amounts are in the sum. */
            counted: number;
            /** @description Of how many invoices the amount is not known; they are not in the sum. */
            unknown: number;
        };
        /** @description What became of one connection in a listing. */
        Source: {
            connection: components["schemas"]["ConnectionName"];
            /** @description `ok`: its invoices are in the answer. `partial`: they are, but for the rows that `leftOut` counts. `stale`: they are, as they were at `fetchedAt`, since its provider is down. `unread`: it was not needed for this page. `failed`: they are not, and `problem` says why. */
            status: "ok" | "partial" | "stale" | "unread" | "failed" | (string & {});
            /** @description Who gave its invoices: `provider`; or `copy`, the copy that is kept of the connection, which is no older than `fetchedAt`. `Cache-Control: no-cache` asks the provider itself. */
            from: "provider" | "copy" | (string & {});
            /**
             * Format: date-time
             * @description When its provider was asked, or was last asked for all that is in the copy; null when neither gave anything.
             */
            fetchedAt: string | null;
            /** @description Seconds since then. */
            age: number | null;
            /** @description How many of its invoices answer; null when that is not known. */
            total: number | null;
            /** @description Who applied each filter that was asked. */
            filters: components["schemas"]["AppliedFilters"];
            /** @description Who established the order; null without one. */
            sort: components["schemas"]["AppliedBy"] | null;
            /** @description Rows that its provider sent and that are not in the answer: no invoice can be made of them, they are another customer's than was asked for, or one alone is more than an answer can hold. Where a copy answers, those that it lacks are among them, whether they would have answered or not. Absent where there are none. */
            leftOut?: components["schemas"]["LeftOut"];
            problem?: components["schemas"]["Problem"];
        };
        /** @description By the parameter that narrows a listing, who applies it. */
        AppliedFilters: {
            customerIds?: components["schemas"]["AppliedBy"];
            status?: components["schemas"]["AppliedBy"];
            paymentStatus?: components["schemas"]["AppliedBy"];
            invoiceDate?: components["schemas"]["AppliedBy"];
            dueDate?: components["schemas"]["AppliedBy"];
            createdAt?: components["schemas"]["AppliedBy"];
            modifiedAt?: components["schemas"]["AppliedBy"];
            activatedAt?: components["schemas"]["AppliedBy"];
            amount?: components["schemas"]["AppliedBy"];
            balance?: components["schemas"]["AppliedBy"];
            number?: components["schemas"]["AppliedBy"];
            poNumber?: components["schemas"]["AppliedBy"];
            externalId?: components["schemas"]["AppliedBy"];
            currency?: components["schemas"]["AppliedBy"];
            search?: components["schemas"]["AppliedBy"];
            showZeroDollarCharges?: components["schemas"]["AppliedBy"];
            showTrackedItems?: components["schemas"]["AppliedBy"];
        };
        /** @description By the order of a listing, who establishes it. */
        AppliedSorts: {
            invoiceDate?: components["schemas"]["AppliedBy"];
            "-invoiceDate"?: components["schemas"]["AppliedBy"];
            dueDate?: components["schemas"]["AppliedBy"];
            "-dueDate"?: components["schemas"]["AppliedBy"];
            createdAt?: components["schemas"]["AppliedBy"];
            "-createdAt"?: components["schemas"]["AppliedBy"];
            modifiedAt?: components["schemas"]["AppliedBy"];
            "-modifiedAt"?: components["schemas"]["AppliedBy"];
            amount?: components["schemas"]["AppliedBy"];
            "-amount"?: components["schemas"]["AppliedBy"];
            balance?: components["schemas"]["AppliedBy"];
            "-balance"?: components["schemas"]["AppliedBy"];
            number?: components["schemas"]["AppliedBy"];
            "-number"?: components["schemas"]["AppliedBy"];
        };
        /** @description `provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices. */
        AppliedBy: "provider" | "bridge" | "copy" | "absent" | (string & {});
        /** @description The connections that the caller may use. */
        Connections: {
            data: components["schemas"]["Connection"][];
        };
        /** @description One connection; what its secret would tell is null where it cannot be used. */
        Connection: {
            name: components["schemas"]["ConnectionName"];
            /** @description The kind of provider. */
            provider: string | null;
            /** @description The provider's name for people. */
            title: string | null;
            direction: components["schemas"]["Direction"] | null;
            /** @description Whether it can be used. */
            status: "ok" | "failed" | (string & {});
            /** @description Why it cannot be used. */
            problem?: components["schemas"]["Problem"];
            capabilities: components["schemas"]["Capabilities"] | null;
            /** @description What the bridge assumes of the provider though no document states it. One that the provider refuses costs speed, or a field of a listing, and never the listing. Empty where the connection cannot be used. */
            assumptions: components["schemas"]["Assumption"][];
            /** @description The copy that is kept of the connection, as of its last syncs; null where none is, and to callers who are no operators. */
            copy: components["schemas"]["Copy"] | null;
            /** @description The webhooks of the connection; null where its secret has none, or it cannot be used, and to callers who are no operators. */
            webhooks: components["schemas"]["ConnectionWebhooks"] | null;
        };
        /** @description How the webhooks of a connection are proved, and when the last one came. Those that were refused are counted by the metric `WebhookRefused` and by nothing else. */
        ConnectionWebhooks: {
            /** @description How it is proved that the provider sent one. */
            scheme: "hmac-timestamped" | "standard-webhooks" | "hmac" | "basic" | "header" | "path" | (string & {});
            /**
             * Format: date-time
             * @description When the last one came that was proved and followed up, to the second; null where none has, or it cannot be told now.
             */
            lastReceived: string | null;
        };
        /** @description What is known of the syncs of a connection of which a copy is kept. */
        Copy: {
            /** @description The last sync that read all of the connection; null before the first. */
            complete: components["schemas"]["CompleteSync"] | null;
            /**
             * Format: date-time
             * @description From when on changes are known; null before the first sync has been complete.
             */
            since: string | null;
            /** @description The last sync that failed, where none has been complete since. */
            failed: components["schemas"]["FailedSync"] | null;
            /**
             * Format: date-time
             * @description From when on the copy may be older than a write through the bridge, which could not be put into it: listings are the provider's until a sync has read what was written. Null where it is not.
             */
            behind: string | null;
        };
        /** @description A sync that read all of a connection. */
        CompleteSync: {
            /**
             * Format: date-time
             * @description When it began; nothing in the copy is older.
             */
            began: string;
            /** Format: date-time */
            ended: string;
            /** @description How many invoices it saw. */
            rows: number;
            /** @description How many rows no invoice could be made of. */
            leftOut: number;
            /** @description The filters whose values some of its invoices do not show. Where the provider applies them itself, it is asked and not the copy. */
            lacking: string[];
        };
        /** @description A sync that failed. */
        FailedSync: {
            /** Format: date-time */
            at: string;
            code: components["schemas"]["Code"];
            detail: string;
        };
        /** @description Changes of invoices, in the order in which the bridge learned of them. */
        Changes: {
            data: components["schemas"]["InvoiceChange"][];
            /** @description Whether there are more by now. */
            hasMore: boolean;
            /** @description Where to go on from, now or later. */
            nextCursor: string;
            sources: components["schemas"]["ChangeSource"][];
        };
        /** @description The latest change of an invoice. */
        InvoiceChange: {
            id: components["schemas"]["Reference"];
            /** @description What has happened to it since the place that was asked from. */
            kind: "created" | "changed" | "deleted" | (string & {});
            /**
             * Format: date-time
             * @description When the bridge learned of it.
             */
            at: string;
            /** @description `bridge`: a write through the bridge; `provider`: anything else. */
            causedBy: "bridge" | "provider" | (string & {});
            /** @description The invoice's `ETag`; null of one that is gone. */
            etag: string | null;
            /** @description Where `includes=invoice` asks for it, the invoice as it stands in the copy by now; null when it is gone. */
            invoice?: components["schemas"]["Invoice"] | null;
        };
        /** @description What can be told of the changes of one connection. */
        ChangeSource: {
            connection: components["schemas"]["ConnectionName"];
            /** @description Who tells of changes; `none`: nobody, and that nothing is told says nothing. */
            changes: "copy" | "none" | (string & {});
            /** @description Who tells that invoices are gone. */
            deletions: "copy" | "none" | (string & {});
            /**
             * Format: date-time
             * @description From when on all is told.
             */
            from: string | null;
        };
        /** @description Something that is assumed of a provider and that no document states. */
        Assumption: {
            /** @description What it is about; an argument, an operator or a field by its own name. */
            name: string;
            /** @description Whether the provider has answered a request that rests on it, or refused it by name; as far as the instance of the function that answers has seen, since it opened the connection. */
            holds: boolean | ("not seen" | (string & {}));
        };
        /** @description What a provider can do, word by word. */
        Capabilities: {
            /** @description What can be done there at all. */
            operations: ("list" | "get" | "activate" | "cancel" | "delete" | "update" | (string & {}))[];
            /** @description How each write is sent; `bulk` for many invoices in one call. */
            writes: components["schemas"]["Writes"];
            /** @description Who applies each filter. */
            filters: components["schemas"]["AppliedFilters"];
            /** @description Who establishes each order. */
            sorts: components["schemas"]["AppliedSorts"];
            /** @description What it has beside the invoice itself. */
            includes: ("lines" | "assets" | "orders" | "payments" | "raw" | (string & {}))[];
            /** @description The fields that PATCH can change, as pointers into the invoice. */
            updatable: ("/dates/due" | "/dates/invoice" | "/billToContactId" | "/tracking/poNumbers" | "/comment" | "/terms" | "/customFields" | (string & {}))[];
            /** @description Whether it lists only the invoices of customers that are named. */
            customerRequired: boolean;
        };
        /** @description How a write is sent; `bulk`, many invoices in one call; `absent`, not at all. */
        Sending: "bulk" | "single" | "absent" | (string & {});
        /** @description What may be said of the activation of one invoice. */
        ActivationOptions: {
            /**
             * Format: date
             * @description The date to put on them; the provider works the due date out anew.
             */
            invoiceDate?: string | null;
            /** @description Why; kept in the audit trail, and put on the invoice where the provider has comments. */
            comment?: string | null;
            /** @description Answer what would happen, by the provider's rules, and send no write. */
            dryRun?: boolean | null;
        };
        /** @description What may be said of the cancellation of one invoice. */
        CancellationOptions: {
            /** @description Why; kept in the audit trail, and put on the invoice where the provider has comments. */
            comment?: string | null;
            /** @description Answer what would happen, by the provider's rules, and send no write. */
            dryRun?: boolean | null;
        };
        /** @description What may be said of the deletion of one invoice. */
        DeletionOptions: {
            /** @description Answer what would happen, by the provider's rules, and send no write. */
            dryRun?: boolean | null;
        };
        /** @description Which invoices to activate, by their references or by a filter. */
        ActivationRequest: components["schemas"]["ActivationByIds"] | components["schemas"]["ActivationByFilter"];
        /** @description The invoices that are named, to activate. */
        ActivationByIds: {
            /** @description These; one that is named twice is meant once. */
            invoiceIds: components["schemas"]["AskedReference"][];
            /**
             * Format: date
             * @description The date to put on them; the provider works the due date out anew.
             */
            invoiceDate?: string | null;
            /** @description Why; kept in the audit trail, and put on the invoice where the provider has comments. */
            comment?: string | null;
            /** @description Answer what would happen, by the provider's rules, and send no write. */
            dryRun?: boolean | null;
        };
        /** @description The invoices that match, to activate. */
        ActivationByFilter: {
            filter: components["schemas"]["InvoiceFilter"];
            /**
             * Format: date
             * @description The date to put on them; the provider works the due date out anew.
             */
            invoiceDate?: string | null;
            /** @description Why; kept in the audit trail, and put on the invoice where the provider has comments. */
            comment?: string | null;
            /** @description Answer what would happen, by the provider's rules, and send no write. */
            dryRun?: boolean | null;
        };
        /** @description Which invoices to cancel, by their references or by a filter. */
        CancellationRequest: components["schemas"]["CancellationByIds"] | components["schemas"]["CancellationByFilter"];
        /** @description The invoices that are named, to cancel. */
        CancellationByIds: {
            /** @description These; one that is named twice is meant once. */
            invoiceIds: components["schemas"]["AskedReference"][];
            /** @description Why; kept in the audit trail, and put on the invoice where the provider has comments. */
            comment?: string | null;
            /** @description Answer what would happen, by the provider's rules, and send no write. */
            dryRun?: boolean | null;
        };
        /** @description The invoices that match, to cancel. */
        CancellationByFilter: {
            filter: components["schemas"]["InvoiceFilter"];
            /** @description Why; kept in the audit trail, and put on the invoice where the provider has comments. */
            comment?: string | null;
            /** @description Answer what would happen, by the provider's rules, and send no write. */
            dryRun?: boolean | null;
        };
        /** @description Which invoices to delete, by their references or by a filter. */
        DeletionRequest: components["schemas"]["DeletionByIds"] | components["schemas"]["DeletionByFilter"];
        /** @description The invoices that are named, to delete. */
        DeletionByIds: {
            /** @description These; one that is named twice is meant once. */
            invoiceIds: components["schemas"]["AskedReference"][];
            /** @description Answer what would happen, by the provider's rules, and send no write. */
            dryRun?: boolean | null;
        };
        /** @description The invoices that match, to delete. */
        DeletionByFilter: {
            filter: components["schemas"]["InvoiceFilter"];
            /** @description Answer what would happen, by the provider's rules, and send no write. */
            dryRun?: boolean | null;
        };
        /** @description The listing's parameters that select invoices, as JSON: a text or a list for "any of", each item one value with its commas; an object for a range. Each has to narrow: all the words of `status`, or of `paymentStatus`, together are refused. All invoices that match are written or, should any connection not answer, none. */
        InvoiceFilter: {
            connection?: components["schemas"]["ConnectionName"] | components["schemas"]["ConnectionNames"];
            customerIds?: components["schemas"]["CustomerId"] | components["schemas"]["CustomerIdList"];
            status?: components["schemas"]["AskedStatus"] | components["schemas"]["AskedStatuses"];
            paymentStatus?: components["schemas"]["AskedPaymentStatus"] | components["schemas"]["AskedPaymentStatuses"];
            invoiceDate?: components["schemas"]["DayFilter"];
            dueDate?: components["schemas"]["DayFilter"];
            createdAt?: components["schemas"]["MomentFilter"];
            modifiedAt?: components["schemas"]["MomentFilter"];
            activatedAt?: components["schemas"]["MomentFilter"];
            amount?: components["schemas"]["DecimalFilter"];
            balance?: components["schemas"]["DecimalFilter"];
            number?: components["schemas"]["PatternFilter"];
            poNumber?: components["schemas"]["PatternFilter"];
            externalId?: components["schemas"]["TextFilter"];
            currency?: components["schemas"]["Currency"] | "[empty]" | components["schemas"]["Currencies"];
            search?: components["schemas"]["Search"];
        };
        /** @description Any of these connections. */
        ConnectionNames: components["schemas"]["ConnectionName"][];
        /** @description Any of these customers. */
        CustomerIdList: components["schemas"]["CustomerId"][];
        /** @description Any of these words. */
        AskedStatuses: components["schemas"]["AskedStatus"][];
        /** @description Any of these words of the payment. */
        AskedPaymentStatuses: components["schemas"]["AskedPaymentStatus"][];
        /** @description Any of these texts. */
        FilterTexts: components["schemas"]["FilterText"][];
        /** @description Any of these texts, with `*` for any characters or none. */
        PatternTexts: components["schemas"]["PatternText"][];
        /** @description Any of these currencies. */
        Currencies: (components["schemas"]["Currency"] | "[empty]")[];
        /** @description A whole number that every reader of JSON keeps as it is. */
        WholeNumber: number;
        /** @description A text, or any of several. */
        TextFilter: components["schemas"]["FilterText"] | components["schemas"]["FilterTexts"];
        /** @description Where `*` stands for any characters or none; alone it would match every invoice. */
        PatternFilter: components["schemas"]["PatternText"] | components["schemas"]["PatternTexts"];
        /**
         * @description A text that is not made of `*` alone.
         * @example INV-*
         */
        PatternText: string;
        /** @description Days between these ends, of which there is one of each kind at most (`gte` or `gt`, `lte` or `lt`). */
        DayRange: {
            gte?: components["schemas"]["CivilDate"];
            gt?: components["schemas"]["CivilDate"];
            lte?: components["schemas"]["CivilDate"];
            lt?: components["schemas"]["CivilDate"];
        };
        /** @description A day, or a range of days. */
        DayFilter: components["schemas"]["CivilDate"] | components["schemas"]["DayRange"];
        /** @description What lies between these ends, of which there is one of each kind at most (`gte` or `gt`, `lte` or `lt`). */
        MomentRange: {
            gte?: components["schemas"]["Moment"];
            gt?: components["schemas"]["Moment"];
            lte?: components["schemas"]["Moment"];
            lt?: components["schemas"]["Moment"];
        };
        /** @description An instant, a day or a range of them. */
        MomentFilter: components["schemas"]["Moment"] | components["schemas"]["MomentRange"];
        /** @description What lies between these ends, of which there is one of each kind at most (`gte` or `gt`, `lte` or `lt`). */
        DecimalRange: {
            gte?: components["schemas"]["FilterDecimal"];
            gt?: components["schemas"]["FilterDecimal"];
            lte?: components["schemas"]["FilterDecimal"];
            lt?: components["schemas"]["FilterDecimal"];
        };
        /** @description An amount, or a range of amounts. */
        DecimalFilter: components["schemas"]["FilterDecimal"] | components["schemas"]["DecimalRange"];
        /** @description A decimal as a text, or a whole number; a fraction as a JSON number may have been rounded on its way. */
        FilterDecimal: components["schemas"]["DecimalText"] | components["schemas"]["WholeNumber"];
        /** @description What is not named stays; `null` clears. A due date must not come before an invoice date in the same patch. */
        InvoicePatch: {
            dates?: components["schemas"]["PatchedDates"];
            billToContactId?: components["schemas"]["PatchedText"];
            tracking?: components["schemas"]["PatchedTracking"];
            /** @description Added to those there are; comments are never cleared. Fusebill and SimplePin keep one text for all of them: there it is added on lines of its own, and where Fusebill has no room left (500 characters) it is refused with how much there is. */
            comment?: string;
            terms?: components["schemas"]["PatchedText"];
            /** @description Each by its name; `null` clears one. */
            customFields?: {
                [key: string]: unknown;
            };
            /** @description No field: answer what would happen, by the provider's rules, and send no write. */
            dryRun?: boolean | null;
        };
        /** @description A text to put there; null clears it. */
        PatchedText: string | null;
        /** @description What came of a write on several invoices. */
        WriteResults: {
            /** @description How many invoices had each outcome. */
            summary: components["schemas"]["OutcomeCounts"];
            /**
             * @description The outcomes are what would happen; nothing was sent.
             * @constant
             */
            dryRun?: true;
            /** @description One for each invoice, in the order asked. */
            results: components["schemas"]["WriteResult"][];
        };
        /** @description What came of a write on one invoice. */
        WriteResult: {
            /** @description The invoice as it was asked for. */
            id: components["schemas"]["Reference"];
            outcome: components["schemas"]["Outcome"];
            /** @description Its status now, as its provider says; null when it is gone or could not be read. */
            status: components["schemas"]["Status"] | null;
            /** @description The reference it has from now on, where the provider gives it a new one. */
            newId?: components["schemas"]["Reference"];
            /** @description The invoice as it was last read. */
            invoice?: components["schemas"]["Invoice"];
            /**
             * @description The invoice is left out, for the answer would be larger than AWS Lambda takes. Read it by its id.
             * @constant
             */
            invoiceOmitted?: true;
            /** @description Why it was rejected, or is unknown. */
            problem?: components["schemas"]["Problem"];
            /**
             * @description The outcome is what would happen; nothing was sent. Of a write on one invoice.
             * @constant
             */
            dryRun?: true;
        };
        /** @description RFC 9457. Inside another answer (a source, a result) it says the same as one that is the answer. */
        Problem: {
            type: string;
            /** @description The same for every problem of its code. */
            title: string;
            status: number;
            /** @description What happened here. */
            detail: string;
            /**
             * Format: uri-reference
             * @description The path that was asked.
             */
            instance?: string;
            code: components["schemas"]["Code"];
            /** @description Whether the same request may succeed later, unchanged. */
            retryable: boolean;
            /** @description Seconds to wait before asking again. */
            retryAfter?: number;
            /** @description What came of the write on one invoice that the problem answers. */
            outcome?: components["schemas"]["Outcome"];
            /** @description The request's name; also in `X-Request-Id`. */
            requestId?: string;
            /** @description Each fault in the request, all at once. */
            errors?: components["schemas"]["Fault"][];
            availableActions?: components["schemas"]["AvailableActions"];
            /** @description Of `too_many`, how many invoices match; absent where they were not counted to the end. */
            matched?: number;
            /** @description Of `too_many`, how many one call may write. */
            limit?: number;
            /** @description What the provider itself said. */
            provider?: components["schemas"]["ProviderAnswer"];
        };
        /** @description What kind of problem it is. Each always has the same status. */
        Code: "invalid_request" | "invalid_parameter" | "invalid_cursor" | "unauthenticated" | "forbidden" | "invoice_not_found" | "connection_not_found" | "route_not_found" | "method_not_allowed" | "unsupported_media_type" | "state_conflict" | "precondition_failed" | "too_many" | "too_large" | "customer_required" | "unsupported_operation" | "unsupported_filter" | "unsupported_sort" | "unsupported_field" | "not_enabled" | "idempotency_key_reused" | "in_progress" | "rate_limited" | "provider_credentials" | "connection_closed" | "provider_error" | "provider_bad_response" | "provider_timeout" | "changes_expired" | "not_cached" | "unavailable" | "internal" | (string & {});
        /** @description A payment made. */
        PaymentRecord: {
            id: string | null;
            amount: components["schemas"]["Amount"] | null;
            /** Format: date-time */
            at: string | null;
            /** @description In the provider's word. */
            status: string | null;
        };
        /** @description A part that falls due by itself. */
        Installment: {
            /** Format: date */
            due: string | null;
            amount: components["schemas"]["Amount"] | null;
            balance: components["schemas"]["Amount"] | null;
            /** @description In the provider's word. */
            status: string | null;
        };
        /** @description A tier of a price, and what it came to. */
        PriceTier: {
            /** @description Its range, in the provider's words (`>2-4`). */
            label: string | null;
            /**
             * Format: decimal
             * @description How many of it.
             */
            quantity: string | null;
            unitPrice: components["schemas"]["Amount"] | null;
            amount: components["schemas"]["Amount"] | null;
        };
        /** @description What was taken off a line. */
        Discount: {
            description: string | null;
            /** @description How much was taken off. */
            amount: components["schemas"]["Amount"] | null;
        };
        /** @description Rows that are left out of a listing. */
        LeftOut: {
            /** @description How many, of those read for this page; and of those that a copy lacks, all. */
            count: number;
            /** @description Why the first of them is left out. */
            reason: string;
        };
        /** @description How many invoices had each outcome. */
        OutcomeCounts: {
            applied: number;
            rejected: number;
            unchanged: number;
            unknown: number;
        };
        /** @description One fault in a request. */
        Fault: {
            /** @description Where: a JSON pointer into the body (`/dates/due`), or `?` and the name of a query parameter (`?limit`). */
            pointer: string;
            code: components["schemas"]["Code"];
            /** @description What is wrong, and what would be right. */
            detail: string;
        };
        /** @description What the provider itself said. */
        ProviderAnswer: {
            /** @description The kind of provider. */
            name: string;
            connection: components["schemas"]["ConnectionName"];
            /** @description Its HTTP status, where it answered. */
            status: number | null;
            code: string | null;
            message: string | null;
            /** @description Its name for the request, to ask its support about. */
            requestId: string | null;
        };
        /** @description How each write is sent. */
        Writes: {
            activate: components["schemas"]["Sending"];
            cancel: components["schemas"]["Sending"];
            delete: components["schemas"]["Sending"];
            update: components["schemas"]["Sending"];
        };
        /** @description The dates to change. */
        PatchedDates: {
            /** Format: date */
            due?: string | null;
            /** Format: date */
            invoice?: string | null;
        };
        /** @description What other systems call it, to change. */
        PatchedTracking: {
            poNumbers?: string[] | null;
        };
        /** @description API Gateway's own answer, before the bridge is asked or in its place. */
        GatewayMessage: {
            message: string;
        };
    };
    responses: {
        /** @description It is proved, and kept until it is followed up. */
        WebhookTaken: {
            headers: {
                "X-Request-Id": components["headers"]["XRequestId"];
                "Cache-Control": components["headers"]["CacheControl"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description It is not proved, whatever is missing, wrong or old. Nothing has happened. */
        WebhookRefused: {
            headers: {
                "X-Request-Id": components["headers"]["XRequestId"];
                "Cache-Control": components["headers"]["CacheControl"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description It could not be kept, or not be proved now; send it again. */
        WebhookNotTaken: {
            headers: {
                "X-Request-Id": components["headers"]["XRequestId"];
                "Cache-Control": components["headers"]["CacheControl"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description It is as the caller knows it. */
        NotModified: {
            headers: {
                "X-Request-Id": components["headers"]["XRequestId"];
                "Cache-Control": components["headers"]["CacheControl"];
                ETag: components["headers"]["ETag"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description The page is as the caller knows it. */
        ListingNotModified: {
            headers: {
                "X-Request-Id": components["headers"]["XRequestId"];
                "Cache-Control": components["headers"]["CacheControl"];
                /** @description The next page, `</invoices?..>; rel="next"`, relative to the API; not on the last. */
                Link?: string;
                ETag: components["headers"]["ListingETag"];
                Age: components["headers"]["Age"];
                "Cache-Status": components["headers"]["CacheStatus"];
                Vary: components["headers"]["Vary"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description `invalid_parameter`, `invalid_cursor`, `invalid_request`: malformed; `errors` points at each fault, all at once. */
        BadRequest: {
            headers: {
                "X-Request-Id": components["headers"]["XRequestId"];
                "Cache-Control": components["headers"]["CacheControl"];
                /** @description `true` when the answer was given before, to the first request with this key. */
                "Idempotency-Replayed"?: "true";
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description No token, or none that is good. API Gateway answers so before the bridge is asked. */
        Unauthenticated: {
            headers: {
                /** @description This request's name, where it got as far as the bridge. */
                "X-Request-Id"?: string;
                /** @description Problems are not to be stored. */
                "Cache-Control"?: string;
                /** @description What is wrong with the token, or which scope it lacks. */
                "WWW-Authenticate"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
                "application/json": components["schemas"]["GatewayMessage"];
            };
        };
        /** @description The token lacks the route's scope, its claim `customers` cannot be read, or it has neither that claim nor the scope `invoices/all`. */
        Forbidden: {
            headers: {
                /** @description This request's name, where it got as far as the bridge. */
                "X-Request-Id"?: string;
                /** @description Problems are not to be stored. */
                "Cache-Control"?: string;
                /** @description What is wrong with the token, or which scope it lacks. */
                "WWW-Authenticate"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
                "application/json": components["schemas"]["GatewayMessage"];
            };
        };
        /** @description `invoice_not_found`, `connection_not_found`: there is no such thing, or it is none of the caller's business, which is not told apart. */
        NotFound: {
            headers: {
                "X-Request-Id": components["headers"]["XRequestId"];
                "Cache-Control": components["headers"]["CacheControl"];
                /** @description `true` when the answer was given before, to the first request with this key. */
                "Idempotency-Replayed"?: "true";
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `state_conflict`: not in the invoice's present state; `availableActions` tells what may be done instead. `in_progress`: the first request with this key, or another write of this invoice, is still running. */
        Conflict: {
            headers: {
                "X-Request-Id": components["headers"]["XRequestId"];
                "Cache-Control": components["headers"]["CacheControl"];
                /** @description `true` when the answer was given before, to the first request with this key. */
                "Idempotency-Replayed"?: "true";
                /** @description Seconds to wait before asking again. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `precondition_failed`: the invoice has changed since it was read. Nothing was sent. */
        PreconditionFailed: {
            headers: {
                "X-Request-Id": components["headers"]["XRequestId"];
                "Cache-Control": components["headers"]["CacheControl"];
                /** @description `true` when the answer was given before, to the first request with this key. */
                "Idempotency-Replayed"?: "true";
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The request is larger than API Gateway (10 MB) or Lambda (6 MB as an event) takes. */
        TooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["GatewayMessage"];
            };
        };
        /** @description `unsupported_media_type`: the body is in a type or a content coding that is not read. */
        UnsupportedMediaType: {
            headers: {
                "X-Request-Id": components["headers"]["XRequestId"];
                "Cache-Control": components["headers"]["CacheControl"];
                /** @description The types that are read. */
                Accept: string;
                /** @description The content codings that are read. */
                "Accept-Encoding": "identity";
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The status and the headers that GET would have, without its body. */
        AsGet: {
            headers: {
                /** @description This request's name, where it got as far as the bridge. */
                "X-Request-Id"?: string;
                /** @description Problems are not to be stored. */
                "Cache-Control"?: string;
                /** @description What is wrong with the token, or which scope it lacks. */
                "WWW-Authenticate"?: string;
                /** @description Seconds to wait before asking again. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description Understood, and not to be done: `unsupported_operation`, `unsupported_field`, `unsupported_filter`, `unsupported_sort`, `customer_required`, `not_enabled`, `too_many`, `too_large`, `idempotency_key_reused`. */
        Unprocessable: {
            headers: {
                "X-Request-Id": components["headers"]["XRequestId"];
                "Cache-Control": components["headers"]["CacheControl"];
                /** @description `true` when the answer was given before, to the first request with this key. */
                "Idempotency-Replayed"?: "true";
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `rate_limited`: the provider's limit is reached. Or the stage's own throttling, which API Gateway answers. */
        RateLimited: {
            headers: {
                /** @description This request's name, where it got as far as the bridge. */
                "X-Request-Id"?: string;
                /** @description Problems are not to be stored. */
                "Cache-Control"?: string;
                /** @description Seconds to wait before asking again. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
                "application/json": components["schemas"]["GatewayMessage"];
            };
        };
        /** @description The stage's own throttling, which API Gateway answers. */
        Throttled: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["GatewayMessage"];
            };
        };
        /** @description `internal`: a fault of the bridge. The detail names the request and nothing else. */
        Internal: {
            headers: {
                /** @description This request's name, where it got as far as the bridge. */
                "X-Request-Id"?: string;
                /** @description Problems are not to be stored. */
                "Cache-Control"?: string;
                /** @description Seconds to wait before asking again. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
                "application/json": components["schemas"]["GatewayMessage"];
            };
        };
        /** @description The provider failed: `provider_error`, `provider_bad_response`; the connection's secret is gone: `connection_closed`; or `provider_credentials` when the provider refuses the connection's own key. */
        BadGateway: {
            headers: {
                "X-Request-Id": components["headers"]["XRequestId"];
                "Cache-Control": components["headers"]["CacheControl"];
                /** @description `true` when the answer was given before, to the first request with this key. */
                "Idempotency-Replayed"?: "true";
                /** @description Seconds to wait before asking again. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `unavailable`: a store of the bridge is out of reach, and going on without it would be unsafe; or not all that the request takes answered in time: a write is then told under its key. Or API Gateway gave up waiting. */
        Unavailable: {
            headers: {
                /** @description This request's name, where it got as far as the bridge. */
                "X-Request-Id"?: string;
                /** @description Problems are not to be stored. */
                "Cache-Control"?: string;
                /** @description Seconds to wait before asking again. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
                "application/json": components["schemas"]["GatewayMessage"];
            };
        };
        /** @description `provider_timeout`: the provider did not answer in time. `not_cached`: nothing fresh is kept of the listing, and `only-if-cached` takes nothing else. */
        GatewayTimeout: {
            headers: {
                "X-Request-Id": components["headers"]["XRequestId"];
                "Cache-Control": components["headers"]["CacheControl"];
                /** @description `true` when the answer was given before, to the first request with this key. */
                "Idempotency-Replayed"?: "true";
                /** @description Seconds to wait before asking again. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        /** @description The invoice's reference, percent-encoded where a path needs it. */
        InvoiceId: components["schemas"]["PathReference"];
        /** @description The connection whose provider calls. */
        WebhookConnection: components["schemas"]["ConnectionName"];
        /** @description One of the secrets of the connection's `webhook`. */
        WebhookToken: string;
        /** @description What the counts and sums are grouped by; not at all when nothing is said. */
        By: components["schemas"]["Dimension"][];
        /** @description These connections only, in this order; all that the caller may use when nothing is said. */
        ConnectionParameter: components["schemas"]["ConnectionName"][];
        /** @description Invoices of these customers. A comma list of references, or, as Nue has it, a JSON array of them: `["nue:001KS00000DvZ1aYAD","fusebill:123456"]`. An id without a connection is taken for every connection. Nue Self-Service and SimplePin list by customer only: without this they take the customers of the connection's secret, and without these either their source fails with `customer_required`. */
        CustomerIds: components["schemas"]["CustomerId"][];
        /** @description Any of these words, of the life cycle or of the payment; `canceled` and `unknown` are the life cycle's. Any spelling will do: `PartiallyPaid`, `partially_paid`. */
        StatusParameter: components["schemas"]["AskedStatus"][];
        /**
         * @description Any of these words of the payment, in any spelling.
         * @example [
         *       "unpaid",
         *       "overdue"
         *     ]
         */
        PaymentStatusParameter: components["schemas"]["AskedPaymentStatus"][];
        /**
         * @description Exactly the date on the invoice.
         * @example 2026-07-01
         */
        InvoiceDate: components["schemas"]["CivilDate"];
        /**
         * @description From here on, this value included: the date on the invoice.
         * @example 2026-07-01
         */
        InvoiceDateFrom: components["schemas"]["CivilDate"];
        /**
         * @description Beyond this value: the date on the invoice.
         * @example 2026-07-01
         */
        InvoiceDateAfter: components["schemas"]["CivilDate"];
        /**
         * @description Up to here, this value included: the date on the invoice.
         * @example 2026-07-01
         */
        InvoiceDateTo: components["schemas"]["CivilDate"];
        /**
         * @description Below this value: the date on the invoice.
         * @example 2026-07-01
         */
        InvoiceDateBefore: components["schemas"]["CivilDate"];
        /**
         * @description Exactly the date by which it is to be paid.
         * @example 2026-07-01
         */
        DueDate: components["schemas"]["CivilDate"];
        /**
         * @description From here on, this value included: the date by which it is to be paid.
         * @example 2026-07-01
         */
        DueDateFrom: components["schemas"]["CivilDate"];
        /**
         * @description Beyond this value: the date by which it is to be paid.
         * @example 2026-07-01
         */
        DueDateAfter: components["schemas"]["CivilDate"];
        /**
         * @description Up to here, this value included: the date by which it is to be paid.
         * @example 2026-07-01
         */
        DueDateTo: components["schemas"]["CivilDate"];
        /**
         * @description Below this value: the date by which it is to be paid.
         * @example 2026-07-01
         */
        DueDateBefore: components["schemas"]["CivilDate"];
        /**
         * @description Exactly when it came to be. A day stands for all its instants, in UTC.
         * @example 2026-07-01
         */
        CreatedAt: components["schemas"]["Moment"];
        /**
         * @description From here on, this value included: when it came to be.
         * @example 2026-07-01T00:00:00Z
         */
        CreatedAtFrom: components["schemas"]["Moment"];
        /**
         * @description Beyond this value: when it came to be.
         * @example 2026-07-01T00:00:00Z
         */
        CreatedAtAfter: components["schemas"]["Moment"];
        /**
         * @description Up to here, this value included: when it came to be.
         * @example 2026-07-01T00:00:00Z
         */
        CreatedAtTo: components["schemas"]["Moment"];
        /**
         * @description Below this value: when it came to be.
         * @example 2026-07-01T00:00:00Z
         */
        CreatedAtBefore: components["schemas"]["Moment"];
        /**
         * @description Exactly when it last changed. A day stands for all its instants, in UTC.
         * @example 2026-07-01
         */
        ModifiedAt: components["schemas"]["Moment"];
        /**
         * @description From here on, this value included: when it last changed.
         * @example 2026-07-01T00:00:00Z
         */
        ModifiedAtFrom: components["schemas"]["Moment"];
        /**
         * @description Beyond this value: when it last changed.
         * @example 2026-07-01T00:00:00Z
         */
        ModifiedAtAfter: components["schemas"]["Moment"];
        /**
         * @description Up to here, this value included: when it last changed.
         * @example 2026-07-01T00:00:00Z
         */
        ModifiedAtTo: components["schemas"]["Moment"];
        /**
         * @description Below this value: when it last changed.
         * @example 2026-07-01T00:00:00Z
         */
        ModifiedAtBefore: components["schemas"]["Moment"];
        /**
         * @description Exactly when it became binding. A day stands for all its instants, in UTC.
         * @example 2026-07-01
         */
        ActivatedAt: components["schemas"]["Moment"];
        /**
         * @description From here on, this value included: when it became binding.
         * @example 2026-07-01T00:00:00Z
         */
        ActivatedAtFrom: components["schemas"]["Moment"];
        /**
         * @description Beyond this value: when it became binding.
         * @example 2026-07-01T00:00:00Z
         */
        ActivatedAtAfter: components["schemas"]["Moment"];
        /**
         * @description Up to here, this value included: when it became binding.
         * @example 2026-07-01T00:00:00Z
         */
        ActivatedAtTo: components["schemas"]["Moment"];
        /**
         * @description Below this value: when it became binding.
         * @example 2026-07-01T00:00:00Z
         */
        ActivatedAtBefore: components["schemas"]["Moment"];
        /**
         * @description Exactly the total. By its number; currencies are not converted.
         * @example 100.00
         */
        AmountParameter: components["schemas"]["DecimalText"];
        /**
         * @description From here on, this value included: the total.
         * @example 100.00
         */
        AmountFrom: components["schemas"]["DecimalText"];
        /**
         * @description Beyond this value: the total.
         * @example 100.00
         */
        AmountAfter: components["schemas"]["DecimalText"];
        /**
         * @description Up to here, this value included: the total.
         * @example 100.00
         */
        AmountTo: components["schemas"]["DecimalText"];
        /**
         * @description Below this value: the total.
         * @example 100.00
         */
        AmountBefore: components["schemas"]["DecimalText"];
        /**
         * @description Exactly what is still owed. By its number; currencies are not converted.
         * @example 100.00
         */
        Balance: components["schemas"]["DecimalText"];
        /**
         * @description From here on, this value included: what is still owed.
         * @example 100.00
         */
        BalanceFrom: components["schemas"]["DecimalText"];
        /**
         * @description Beyond this value: what is still owed.
         * @example 100.00
         */
        BalanceAfter: components["schemas"]["DecimalText"];
        /**
         * @description Up to here, this value included: what is still owed.
         * @example 100.00
         */
        BalanceTo: components["schemas"]["DecimalText"];
        /**
         * @description Below this value: what is still owed.
         * @example 100.00
         */
        BalanceBefore: components["schemas"]["DecimalText"];
        /** @description Any of these numbers. `*` stands for any characters or none, `[empty]` for no number at all. */
        Number: components["schemas"]["FilterText"][];
        /**
         * @description Any of these purchase orders among the invoice's. `*` stands for any characters or none, `[empty]` for an invoice without any.
         * @example [
         *       "PO-7"
         *     ]
         */
        PoNumber: components["schemas"]["FilterText"][];
        /**
         * @description Any of these ids in other systems; `[empty]` for an invoice without any.
         * @example [
         *       "0061"
         *     ]
         */
        ExternalId: components["schemas"]["FilterText"][];
        /**
         * @description Any of these currencies; `[empty]` where the provider names none.
         * @example [
         *       "EUR",
         *       "USD"
         *     ]
         */
        CurrencyParameter: (components["schemas"]["Currency"] | "[empty]")[];
        /**
         * @description Words in the number, the customer or the comments, whatever their case and however their accents are encoded.
         * @example acme
         */
        SearchParameter: components["schemas"]["Search"];
        /**
         * @description Whether lines of nothing are shown, where the provider can hide them.
         * @example false
         */
        ShowZeroDollarCharges: boolean;
        /**
         * @description Whether tracked items are shown on the lines, where the provider has them.
         * @example true
         */
        ShowTrackedItems: boolean;
        /**
         * @description One order over all connections, `-` in front for the greatest first. An order that a provider lacks means reading all of its invoices that answer: beyond 5,000 of a connection the question is refused (`unsupported_sort`).
         * @example -invoiceDate
         */
        SortParameter: components["schemas"]["Sort"];
        /**
         * @description How many invoices a page has at most.
         * @example 100
         */
        Limit: number;
        /**
         * @description Where to go on from: `nextCursor` of the last answer, with the same question by the same caller. The page size may differ.
         * @example Aci40J09YXyVu5Cp4x_1ZTa5cDxeNhVFYHsiYSI6eyJ2Ijp7ImRhdGUiOiIyMDI2LTA2LTE1In0sInIiOiJudWU6YzRhYzcwOGYtOWE2YS00YjY5LWEwNDgtMzU5ZWY2ZWUwMDg3In0sImMiOnsibnVlIjp7InBhcnRzIjp7ImFsbCI6eyJzIjoxfX19LCJzaW1wbGVwaW4iOnsicGFydHMiOnt9fX19
         */
        Cursor: string;
        /** @description What beside the invoice itself; each asked for is a member of the invoice, null where the provider has no such thing. `raw` is for operators: refused with 403 where the token has the claim `customers`. */
        Includes: components["schemas"]["Include"][];
        /**
         * @description Has the listing fail when any connection fails or is `partial`.
         * @example all
         */
        Require: "all";
        /**
         * @description The `ETag` last seen; 304 when it is still the answer's.
         * @example "c99d0ffbf787483ea69078252e8b8f84"
         */
        IfNoneMatch: string;
        /** @description `no-cache` (or `max-age=0`) reads past the bridge's cache and its copies, and `no-store` is not kept in it either; `max-age` and `min-fresh` say what is fresh enough. `only-if-cached` asks no provider, and is answered 504 `not_cached` when nothing fresh is kept. */
        CacheControl: string;
        /** @description The `ETag` that reading the invoice, without `includes`, last gave: what has changed since is not written (`precondition_failed`). With many invoices each is held to it. */
        IfMatch: string;
        /**
         * @description Your name for this request (IETF draft-ietf-httpapi-idempotency-key-header-07), in double quotes, or
         *     bare and then without spaces and commas; two keys are refused (400). Sent again with the same key and body, it has the same answer for 24 hours and is not done
         *     again. With another body it is refused (422 `idempotency_key_reused`), and while the first is
         *     still running (409 `in_progress`). What was `unknown` is gone on from, first by reading; what is
         *     certain to have come to nothing is sent once more, and so is what was `rejected` for a reason that
         *     passes (`problem.retryable`). A key belongs to its caller and its route; of
         *     an assumed role, to the role and not to one session of it.
         */
        IdempotencyKey: string;
    };
    requestBodies: {
        /** @description Whatever the provider sends, byte for byte. */
        Webhook: {
            content: {
                /**
                 * @example {
                 *       "event": "invoice.activated",
                 *       "data": {
                 *         "invoice": {
                 *           "id": "c52f7158-b164-44fa-93c5-e4b16420c371"
                 *         }
                 *       }
                 *     }
                 */
                "application/json": unknown;
            };
        };
        Deletion: {
            content: {
                "application/json": components["schemas"]["DeletionRequest"];
            };
        };
    };
    headers: {
        /** @description This request's name, to be quoted when asking about it. API Gateway says the same in `apigw-requestid`. */
        XRequestId: string;
        /** @description Answers are for their caller alone (`private`); problems are not to be stored. */
        CacheControl: string;
        /** @description A strong tag of exactly these bytes. */
        ETag: string;
        /** @description A tag of what the page says, but for `fetchedAt` and `age`, which pass. */
        ListingETag: string;
        /** @description Seconds since the oldest part of the answer was read from its provider. */
        Age: number;
        /** @description What the bridge's cache did for this answer (RFC 9211), such as `invoice-bridge; hit; ttl=48`; a `hit` with `detail=stale-if-error` stands in for providers that are down. */
        CacheStatus: string;
        /** @description The answer has a compressed form. */
        Vary: "accept-encoding";
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listInvoices: {
        parameters: {
            query?: {
                /** @description These connections only, in this order; all that the caller may use when nothing is said. */
                connection?: components["parameters"]["ConnectionParameter"];
                /** @description Invoices of these customers. A comma list of references, or, as Nue has it, a JSON array of them: `["nue:001KS00000DvZ1aYAD","fusebill:123456"]`. An id without a connection is taken for every connection. Nue Self-Service and SimplePin list by customer only: without this they take the customers of the connection's secret, and without these either their source fails with `customer_required`. */
                customerIds?: components["parameters"]["CustomerIds"];
                /** @description Any of these words, of the life cycle or of the payment; `canceled` and `unknown` are the life cycle's. Any spelling will do: `PartiallyPaid`, `partially_paid`. */
                status?: components["parameters"]["StatusParameter"];
                /**
                 * @description Any of these words of the payment, in any spelling.
                 * @example [
                 *       "unpaid",
                 *       "overdue"
                 *     ]
                 */
                paymentStatus?: components["parameters"]["PaymentStatusParameter"];
                /**
                 * @description Exactly the date on the invoice.
                 * @example 2026-07-01
                 */
                invoiceDate?: components["parameters"]["InvoiceDate"];
                /**
                 * @description From here on, this value included: the date on the invoice.
                 * @example 2026-07-01
                 */
                "invoiceDate[gte]"?: components["parameters"]["InvoiceDateFrom"];
                /**
                 * @description Beyond this value: the date on the invoice.
                 * @example 2026-07-01
                 */
                "invoiceDate[gt]"?: components["parameters"]["InvoiceDateAfter"];
                /**
                 * @description Up to here, this value included: the date on the invoice.
                 * @example 2026-07-01
                 */
                "invoiceDate[lte]"?: components["parameters"]["InvoiceDateTo"];
                /**
                 * @description Below this value: the date on the invoice.
                 * @example 2026-07-01
                 */
                "invoiceDate[lt]"?: components["parameters"]["InvoiceDateBefore"];
                /**
                 * @description Exactly the date by which it is to be paid.
                 * @example 2026-07-01
                 */
                dueDate?: components["parameters"]["DueDate"];
                /**
                 * @description From here on, this value included: the date by which it is to be paid.
                 * @example 2026-07-01
                 */
                "dueDate[gte]"?: components["parameters"]["DueDateFrom"];
                /**
                 * @description Beyond this value: the date by which it is to be paid.
                 * @example 2026-07-01
                 */
                "dueDate[gt]"?: components["parameters"]["DueDateAfter"];
                /**
                 * @description Up to here, this value included: the date by which it is to be paid.
                 * @example 2026-07-01
                 */
                "dueDate[lte]"?: components["parameters"]["DueDateTo"];
                /**
                 * @description Below this value: the date by which it is to be paid.
                 * @example 2026-07-01
                 */
                "dueDate[lt]"?: components["parameters"]["DueDateBefore"];
                /**
                 * @description Exactly when it came to be. A day stands for all its instants, in UTC.
                 * @example 2026-07-01
                 */
                createdAt?: components["parameters"]["CreatedAt"];
                /**
                 * @description From here on, this value included: when it came to be.
                 * @example 2026-07-01T00:00:00Z
                 */
                "createdAt[gte]"?: components["parameters"]["CreatedAtFrom"];
                /**
                 * @description Beyond this value: when it came to be.
                 * @example 2026-07-01T00:00:00Z
                 */
                "createdAt[gt]"?: components["parameters"]["CreatedAtAfter"];
                /**
                 * @description Up to here, this value included: when it came to be.
                 * @example 2026-07-01T00:00:00Z
                 */
                "createdAt[lte]"?: components["parameters"]["CreatedAtTo"];
                /**
                 * @description Below this value: when it came to be.
                 * @example 2026-07-01T00:00:00Z
                 */
                "createdAt[lt]"?: components["parameters"]["CreatedAtBefore"];
                /**
                 * @description Exactly when it last changed. A day stands for all its instants, in UTC.
                 * @example 2026-07-01
                 */
                modifiedAt?: components["parameters"]["ModifiedAt"];
                /**
                 * @description From here on, this value included: when it last changed.
                 * @example 2026-07-01T00:00:00Z
                 */
                "modifiedAt[gte]"?: components["parameters"]["ModifiedAtFrom"];
                /**
                 * @description Beyond this value: when it last changed.
                 * @example 2026-07-01T00:00:00Z
                 */
                "modifiedAt[gt]"?: components["parameters"]["ModifiedAtAfter"];
                /**
                 * @description Up to here, this value included: when it last changed.
                 * @example 2026-07-01T00:00:00Z
                 */
                "modifiedAt[lte]"?: components["parameters"]["ModifiedAtTo"];
                /**
                 * @description Below this value: when it last changed.
                 * @example 2026-07-01T00:00:00Z
                 */
                "modifiedAt[lt]"?: components["parameters"]["ModifiedAtBefore"];
                /**
                 * @description Exactly when it became binding. A day stands for all its instants, in UTC.
                 * @example 2026-07-01
                 */
                activatedAt?: components["parameters"]["ActivatedAt"];
                /**
                 * @description From here on, this value included: when it became binding.
                 * @example 2026-07-01T00:00:00Z
                 */
                "activatedAt[gte]"?: components["parameters"]["ActivatedAtFrom"];
                /**
                 * @description Beyond this value: when it became binding.
                 * @example 2026-07-01T00:00:00Z
                 */
                "activatedAt[gt]"?: components["parameters"]["ActivatedAtAfter"];
                /**
                 * @description Up to here, this value included: when it became binding.
                 * @example 2026-07-01T00:00:00Z
                 */
                "activatedAt[lte]"?: components["parameters"]["ActivatedAtTo"];
                /**
                 * @description Below this value: when it became binding.
                 * @example 2026-07-01T00:00:00Z
                 */
                "activatedAt[lt]"?: components["parameters"]["ActivatedAtBefore"];
                /**
                 * @description Exactly the total. By its number; currencies are not converted.
                 * @example 100.00
                 */
                amount?: components["parameters"]["AmountParameter"];
                /**
                 * @description From here on, this value included: the total.
                 * @example 100.00
                 */
                "amount[gte]"?: components["parameters"]["AmountFrom"];
                /**
                 * @description Beyond this value: the total.
                 * @example 100.00
                 */
                "amount[gt]"?: components["parameters"]["AmountAfter"];
                /**
                 * @description Up to here, this value included: the total.
                 * @example 100.00
                 */
                "amount[lte]"?: components["parameters"]["AmountTo"];
                /**
                 * @description Below this value: the total.
                 * @example 100.00
                 */
                "amount[lt]"?: components["parameters"]["AmountBefore"];
                /**
                 * @description Exactly what is still owed. By its number; currencies are not converted.
                 * @example 100.00
                 */
                balance?: components["parameters"]["Balance"];
                /**
                 * @description From here on, this value included: what is still owed.
                 * @example 100.00
                 */
                "balance[gte]"?: components["parameters"]["BalanceFrom"];
                /**
                 * @description Beyond this value: what is still owed.
                 * @example 100.00
                 */
                "balance[gt]"?: components["parameters"]["BalanceAfter"];
                /**
                 * @description Up to here, this value included: what is still owed.
                 * @example 100.00
                 */
                "balance[lte]"?: components["parameters"]["BalanceTo"];
                /**
                 * @description Below this value: what is still owed.
                 * @example 100.00
                 */
                "balance[lt]"?: components["parameters"]["BalanceBefore"];
                /** @description Any of these numbers. `*` stands for any characters or none, `[empty]` for no number at all. */
                number?: components["parameters"]["Number"];
                /**
                 * @description Any of these purchase orders among the invoice's. `*` stands for any characters or none, `[empty]` for an invoice without any.
                 * @example [
                 *       "PO-7"
                 *     ]
                 */
                poNumber?: components["parameters"]["PoNumber"];
                /**
                 * @description Any of these ids in other systems; `[empty]` for an invoice without any.
                 * @example [
                 *       "0061"
                 *     ]
                 */
                externalId?: components["parameters"]["ExternalId"];
                /**
                 * @description Any of these currencies; `[empty]` where the provider names none.
                 * @example [
                 *       "EUR",
                 *       "USD"
                 *     ]
                 */
                currency?: components["parameters"]["CurrencyParameter"];
                /**
                 * @description Words in the number, the customer or the comments, whatever their case and however their accents are encoded.
                 * @example acme
                 */
                search?: components["parameters"]["SearchParameter"];
                /**
                 * @description Whether lines of nothing are shown, where the provider can hide them.
                 * @example false
                 */
                showZeroDollarCharges?: components["parameters"]["ShowZeroDollarCharges"];
                /**
                 * @description Whether tracked items are shown on the lines, where the provider has them.
                 * @example true
                 */
                showTrackedItems?: components["parameters"]["ShowTrackedItems"];
                /**
                 * @description One order over all connections, `-` in front for the greatest first. An order that a provider lacks means reading all of its invoices that answer: beyond 5,000 of a connection the question is refused (`unsupported_sort`).
                 * @example -invoiceDate
                 */
                sort?: components["parameters"]["SortParameter"];
                /**
                 * @description How many invoices a page has at most.
                 * @example 100
                 */
                limit?: components["parameters"]["Limit"];
                /**
                 * @description Where to go on from: `nextCursor` of the last answer, with the same question by the same caller. The page size may differ.
                 * @example Aci40J09YXyVu5Cp4x_1ZTa5cDxeNhVFYHsiYSI6eyJ2Ijp7ImRhdGUiOiIyMDI2LTA2LTE1In0sInIiOiJudWU6YzRhYzcwOGYtOWE2YS00YjY5LWEwNDgtMzU5ZWY2ZWUwMDg3In0sImMiOnsibnVlIjp7InBhcnRzIjp7ImFsbCI6eyJzIjoxfX19LCJzaW1wbGVwaW4iOnsicGFydHMiOnt9fX19
                 */
                cursor?: components["parameters"]["Cursor"];
                /** @description What beside the invoice itself; each asked for is a member of the invoice, null where the provider has no such thing. `raw` is for operators: refused with 403 where the token has the claim `customers`. */
                includes?: components["parameters"]["Includes"];
                /**
                 * @description Has the listing fail when any connection fails or is `partial`.
                 * @example all
                 */
                require?: components["parameters"]["Require"];
            };
            header?: {
                /**
                 * @description The `ETag` last seen; 304 when it is still the answer's.
                 * @example "c99d0ffbf787483ea69078252e8b8f84"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description `no-cache` (or `max-age=0`) reads past the bridge's cache and its copies, and `no-store` is not kept in it either; `max-age` and `min-fresh` say what is fresh enough. `only-if-cached` asks no provider, and is answered 504 `not_cached` when nothing fresh is kept. */
                "Cache-Control"?: components["parameters"]["CacheControl"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of invoices. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description The next page, `</invoices?..>; rel="next"`, relative to the API; not on the last. */
                    Link?: string;
                    ETag: components["headers"]["ListingETag"];
                    Age: components["headers"]["Age"];
                    "Cache-Status": components["headers"]["CacheStatus"];
                    Vary: components["headers"]["Vary"];
                    /** @description `gzip`, where the caller takes it. */
                    "Content-Encoding"?: "gzip";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing"];
                };
            };
            304: components["responses"]["ListingNotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    deleteInvoicesByBody: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Your name for this request (IETF draft-ietf-httpapi-idempotency-key-header-07), in double quotes, or
                 *     bare and then without spaces and commas; two keys are refused (400). Sent again with the same key and body, it has the same answer for 24 hours and is not done
                 *     again. With another body it is refused (422 `idempotency_key_reused`), and while the first is
                 *     still running (409 `in_progress`). What was `unknown` is gone on from, first by reading; what is
                 *     certain to have come to nothing is sent once more, and so is what was `rejected` for a reason that
                 *     passes (`problem.retryable`). A key belongs to its caller and its route; of
                 *     an assumed role, to the role and not to one session of it.
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The `ETag` that reading the invoice, without `includes`, last gave: what has changed since is not written (`precondition_failed`). With many invoices each is held to it. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["Deletion"];
        responses: {
            /** @description Every invoice is as asked. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description `true` when the answer was given before, to the first request with this key. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WriteResults"];
                };
            };
            /** @description Some invoice is not as asked, or it cannot be told yet; `results` tells of each. */
            207: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description `true` when the answer was given before, to the first request with this key. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WriteResults"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    headInvoices: {
        parameters: {
            query?: {
                /** @description These connections only, in this order; all that the caller may use when nothing is said. */
                connection?: components["parameters"]["ConnectionParameter"];
                /** @description Invoices of these customers. A comma list of references, or, as Nue has it, a JSON array of them: `["nue:001KS00000DvZ1aYAD","fusebill:123456"]`. An id without a connection is taken for every connection. Nue Self-Service and SimplePin list by customer only: without this they take the customers of the connection's secret, and without these either their source fails with `customer_required`. */
                customerIds?: components["parameters"]["CustomerIds"];
                /** @description Any of these words, of the life cycle or of the payment; `canceled` and `unknown` are the life cycle's. Any spelling will do: `PartiallyPaid`, `partially_paid`. */
                status?: components["parameters"]["StatusParameter"];
                /**
                 * @description Any of these words of the payment, in any spelling.
                 * @example [
                 *       "unpaid",
                 *       "overdue"
                 *     ]
                 */
                paymentStatus?: components["parameters"]["PaymentStatusParameter"];
                /**
                 * @description Exactly the date on the invoice.
                 * @example 2026-07-01
                 */
                invoiceDate?: components["parameters"]["InvoiceDate"];
                /**
                 * @description From here on, this value included: the date on the invoice.
                 * @example 2026-07-01
                 */
                "invoiceDate[gte]"?: components["parameters"]["InvoiceDateFrom"];
                /**
                 * @description Beyond this value: the date on the invoice.
                 * @example 2026-07-01
                 */
                "invoiceDate[gt]"?: components["parameters"]["InvoiceDateAfter"];
                /**
                 * @description Up to here, this value included: the date on the invoice.
                 * @example 2026-07-01
                 */
                "invoiceDate[lte]"?: components["parameters"]["InvoiceDateTo"];
                /**
                 * @description Below this value: the date on the invoice.
                 * @example 2026-07-01
                 */
                "invoiceDate[lt]"?: components["parameters"]["InvoiceDateBefore"];
                /**
                 * @description Exactly the date by which it is to be paid.
                 * @example 2026-07-01
                 */
                dueDate?: components["parameters"]["DueDate"];
                /**
                 * @description From here on, this value included: the date by which it is to be paid.
                 * @example 2026-07-01
                 */
                "dueDate[gte]"?: components["parameters"]["DueDateFrom"];
                /**
                 * @description Beyond this value: the date by which it is to be paid.
                 * @example 2026-07-01
                 */
                "dueDate[gt]"?: components["parameters"]["DueDateAfter"];
                /**
                 * @description Up to here, this value included: the date by which it is to be paid.
                 * @example 2026-07-01
                 */
                "dueDate[lte]"?: components["parameters"]["DueDateTo"];
                /**
                 * @description Below this value: the date by which it is to be paid.
                 * @example 2026-07-01
                 */
                "dueDate[lt]"?: components["parameters"]["DueDateBefore"];
                /**
                 * @description Exactly when it came to be. A day stands for all its instants, in UTC.
                 * @example 2026-07-01
                 */
                createdAt?: components["parameters"]["CreatedAt"];
                /**
                 * @description From here on, this value included: when it came to be.
                 * @example 2026-07-01T00:00:00Z
                 */
                "createdAt[gte]"?: components["parameters"]["CreatedAtFrom"];
                /**
                 * @description Beyond this value: when it came to be.
                 * @example 2026-07-01T00:00:00Z
                 */
                "createdAt[gt]"?: components["parameters"]["CreatedAtAfter"];
                /**
                 * @description Up to here, this value included: when it came to be.
                 * @example 2026-07-01T00:00:00Z
                 */
                "createdAt[lte]"?: components["parameters"]["CreatedAtTo"];
                /**
                 * @description Below this value: when it came to be.
                 * @example 2026-07-01T00:00:00Z
                 */
                "createdAt[lt]"?: components["parameters"]["CreatedAtBefore"];
                /**
                 * @description Exactly when it last changed. A day stands for all its instants, in UTC.
                 * @example 2026-07-01
                 */
                modifiedAt?: components["parameters"]["ModifiedAt"];
                /**
                 * @description From here on, this value included: when it last changed.
                 * @example 2026-07-01T00:00:00Z
                 */
                "modifiedAt[gte]"?: components["parameters"]["ModifiedAtFrom"];
                /**
                 * @description Beyond this value: when it last changed.
                 * @example 2026-07-01T00:00:00Z
                 */
                "modifiedAt[gt]"?: components["parameters"]["ModifiedAtAfter"];
                /**
                 * @description Up to here, this value included: when it last changed.
                 * @example 2026-07-01T00:00:00Z
                 */
                "modifiedAt[lte]"?: components["parameters"]["ModifiedAtTo"];
                /**
                 * @description Below this value: when it last changed.
                 * @example 2026-07-01T00:00:00Z
                 */
                "modifiedAt[lt]"?: components["parameters"]["ModifiedAtBefore"];
                /**
                 * @description Exactly when it became binding. A day stands for all its instants, in UTC.
                 * @example 2026-07-01
                 */
                activatedAt?: components["parameters"]["ActivatedAt"];
                /**
                 * @description From here on, this value included: when it became binding.
                 * @example 2026-07-01T00:00:00Z
                 */
                "activatedAt[gte]"?: components["parameters"]["ActivatedAtFrom"];
                /**
                 * @description Beyond this value: when it became binding.
                 * @example 2026-07-01T00:00:00Z
                 */
                "activatedAt[gt]"?: components["parameters"]["ActivatedAtAfter"];
                /**
                 * @description Up to here, this value included: when it became binding.
                 * @example 2026-07-01T00:00:00Z
                 */
                "activatedAt[lte]"?: components["parameters"]["ActivatedAtTo"];
                /**
                 * @description Below this value: when it became binding.
                 * @example 2026-07-01T00:00:00Z
                 */
                "activatedAt[lt]"?: components["parameters"]["ActivatedAtBefore"];
                /**
                 * @description Exactly the total. By its number; currencies are not converted.
                 * @example 100.00
                 */
                amount?: components["parameters"]["AmountParameter"];
                /**
                 * @description From here on, this value included: the total.
                 * @example 100.00
                 */
                "amount[gte]"?: components["parameters"]["AmountFrom"];
                /**
                 * @description Beyond this value: the total.
                 * @example 100.00
                 */
                "amount[gt]"?: components["parameters"]["AmountAfter"];
                /**
                 * @description Up to here, this value included: the total.
                 * @example 100.00
                 */
                "amount[lte]"?: components["parameters"]["AmountTo"];
                /**
                 * @description Below this value: the total.
                 * @example 100.00
                 */
                "amount[lt]"?: components["parameters"]["AmountBefore"];
                /**
                 * @description Exactly what is still owed. By its number; currencies are not converted.
                 * @example 100.00
                 */
                balance?: components["parameters"]["Balance"];
                /**
                 * @description From here on, this value included: what is still owed.
                 * @example 100.00
                 */
                "balance[gte]"?: components["parameters"]["BalanceFrom"];
                /**
                 * @description Beyond this value: what is still owed.
                 * @example 100.00
                 */
                "balance[gt]"?: components["parameters"]["BalanceAfter"];
                /**
                 * @description Up to here, this value included: what is still owed.
                 * @example 100.00
                 */
                "balance[lte]"?: components["parameters"]["BalanceTo"];
                /**
                 * @description Below this value: what is still owed.
                 * @example 100.00
                 */
                "balance[lt]"?: components["parameters"]["BalanceBefore"];
                /** @description Any of these numbers. `*` stands for any characters or none, `[empty]` for no number at all. */
                number?: components["parameters"]["Number"];
                /**
                 * @description Any of these purchase orders among the invoice's. `*` stands for any characters or none, `[empty]` for an invoice without any.
                 * @example [
                 *       "PO-7"
                 *     ]
                 */
                poNumber?: components["parameters"]["PoNumber"];
                /**
                 * @description Any of these ids in other systems; `[empty]` for an invoice without any.
                 * @example [
                 *       "0061"
                 *     ]
                 */
                externalId?: components["parameters"]["ExternalId"];
                /**
                 * @description Any of these currencies; `[empty]` where the provider names none.
                 * @example [
                 *       "EUR",
                 *       "USD"
                 *     ]
                 */
                currency?: components["parameters"]["CurrencyParameter"];
                /**
                 * @description Words in the number, the customer or the comments, whatever their case and however their accents are encoded.
                 * @example acme
                 */
                search?: components["parameters"]["SearchParameter"];
                /**
                 * @description Whether lines of nothing are shown, where the provider can hide them.
                 * @example false
                 */
                showZeroDollarCharges?: components["parameters"]["ShowZeroDollarCharges"];
                /**
                 * @description Whether tracked items are shown on the lines, where the provider has them.
                 * @example true
                 */
                showTrackedItems?: components["parameters"]["ShowTrackedItems"];
                /**
                 * @description One order over all connections, `-` in front for the greatest first. An order that a provider lacks means reading all of its invoices that answer: beyond 5,000 of a connection the question is refused (`unsupported_sort`).
                 * @example -invoiceDate
                 */
                sort?: components["parameters"]["SortParameter"];
                /**
                 * @description How many invoices a page has at most.
                 * @example 100
                 */
                limit?: components["parameters"]["Limit"];
                /**
                 * @description Where to go on from: `nextCursor` of the last answer, with the same question by the same caller. The page size may differ.
                 * @example Aci40J09YXyVu5Cp4x_1ZTa5cDxeNhVFYHsiYSI6eyJ2Ijp7ImRhdGUiOiIyMDI2LTA2LTE1In0sInIiOiJudWU6YzRhYzcwOGYtOWE2YS00YjY5LWEwNDgtMzU5ZWY2ZWUwMDg3In0sImMiOnsibnVlIjp7InBhcnRzIjp7ImFsbCI6eyJzIjoxfX19LCJzaW1wbGVwaW4iOnsicGFydHMiOnt9fX19
                 */
                cursor?: components["parameters"]["Cursor"];
                /** @description What beside the invoice itself; each asked for is a member of the invoice, null where the provider has no such thing. `raw` is for operators: refused with 403 where the token has the claim `customers`. */
                includes?: components["parameters"]["Includes"];
                /**
                 * @description Has the listing fail when any connection fails or is `partial`.
                 * @example all
                 */
                require?: components["parameters"]["Require"];
            };
            header?: {
                /**
                 * @description The `ETag` last seen; 304 when it is still the answer's.
                 * @example "c99d0ffbf787483ea69078252e8b8f84"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description `no-cache` (or `max-age=0`) reads past the bridge's cache and its copies, and `no-store` is not kept in it either; `max-age` and `min-fresh` say what is fresh enough. `only-if-cached` asks no provider, and is answered 504 `not_cached` when nothing fresh is kept. */
                "Cache-Control"?: components["parameters"]["CacheControl"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What GET would answer. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description The next page, `</invoices?..>; rel="next"`, relative to the API; not on the last. */
                    Link?: string;
                    ETag: components["headers"]["ListingETag"];
                    Age: components["headers"]["Age"];
                    "Cache-Status": components["headers"]["CacheStatus"];
                    Vary: components["headers"]["Vary"];
                    /** @description `gzip`, where the caller takes it. */
                    "Content-Encoding"?: "gzip";
                    [name: string]: unknown;
                };
                content?: never;
            };
            304: components["responses"]["ListingNotModified"];
            400: components["responses"]["AsGet"];
            401: components["responses"]["AsGet"];
            403: components["responses"]["AsGet"];
            404: components["responses"]["AsGet"];
            422: components["responses"]["AsGet"];
            429: components["responses"]["AsGet"];
            500: components["responses"]["AsGet"];
            502: components["responses"]["AsGet"];
            503: components["responses"]["AsGet"];
            504: components["responses"]["AsGet"];
        };
    };
    summarizeInvoices: {
        parameters: {
            query?: {
                /** @description These connections only, in this order; all that the caller may use when nothing is said. */
                connection?: components["parameters"]["ConnectionParameter"];
                /** @description Invoices of these customers. A comma list of references, or, as Nue has it, a JSON array of them: `["nue:001KS00000DvZ1aYAD","fusebill:123456"]`. An id without a connection is taken for every connection. Nue Self-Service and SimplePin list by customer only: without this they take the customers of the connection's secret, and without these either their source fails with `customer_required`. */
                customerIds?: components["parameters"]["CustomerIds"];
                /** @description Any of these words, of the life cycle or of the payment; `canceled` and `unknown` are the life cycle's. Any spelling will do: `PartiallyPaid`, `partially_paid`. */
                status?: components["parameters"]["StatusParameter"];
                /**
                 * @description Any of these words of the payment, in any spelling.
                 * @example [
                 *       "unpaid",
                 *       "overdue"
                 *     ]
                 */
                paymentStatus?: components["parameters"]["PaymentStatusParameter"];
                /**
                 * @description Exactly the date on the invoice.
                 * @example 2026-07-01
                 */
                invoiceDate?: components["parameters"]["InvoiceDate"];
                /**
                 * @description From here on, this value included: the date on the invoice.
                 * @example 2026-07-01
                 */
                "invoiceDate[gte]"?: components["parameters"]["InvoiceDateFrom"];
                /**
                 * @description Beyond this value: the date on the invoice.
                 * @example 2026-07-01
                 */
                "invoiceDate[gt]"?: components["parameters"]["InvoiceDateAfter"];
                /**
                 * @description Up to here, this value included: the date on the invoice.
                 * @example 2026-07-01
                 */
                "invoiceDate[lte]"?: components["parameters"]["InvoiceDateTo"];
                /**
                 * @description Below this value: the date on the invoice.
                 * @example 2026-07-01
                 */
                "invoiceDate[lt]"?: components["parameters"]["InvoiceDateBefore"];
                /**
                 * @description Exactly the date by which it is to be paid.
                 * @example 2026-07-01
                 */
                dueDate?: components["parameters"]["DueDate"];
                /**
                 * @description From here on, this value included: the date by which it is to be paid.
                 * @example 2026-07-01
                 */
                "dueDate[gte]"?: components["parameters"]["DueDateFrom"];
                /**
                 * @description Beyond this value: the date by which it is to be paid.
                 * @example 2026-07-01
                 */
                "dueDate[gt]"?: components["parameters"]["DueDateAfter"];
                /**
                 * @description Up to here, this value included: the date by which it is to be paid.
                 * @example 2026-07-01
                 */
                "dueDate[lte]"?: components["parameters"]["DueDateTo"];
                /**
                 * @description Below this value: the date by which it is to be paid.
                 * @example 2026-07-01
                 */
                "dueDate[lt]"?: components["parameters"]["DueDateBefore"];
                /**
                 * @description Exactly when it came to be. A day stands for all its instants, in UTC.
                 * @example 2026-07-01
                 */
                createdAt?: components["parameters"]["CreatedAt"];
                /**
                 * @description From here on, this value included: when it came to be.
                 * @example 2026-07-01T00:00:00Z
                 */
                "createdAt[gte]"?: components["parameters"]["CreatedAtFrom"];
                /**
                 * @description Beyond this value: when it came to be.
                 * @example 2026-07-01T00:00:00Z
                 */
                "createdAt[gt]"?: components["parameters"]["CreatedAtAfter"];
                /**
                 * @description Up to here, this value included: when it came to be.
                 * @example 2026-07-01T00:00:00Z
                 */
                "createdAt[lte]"?: components["parameters"]["CreatedAtTo"];
                /**
                 * @description Below this value: when it came to be.
                 * @example 2026-07-01T00:00:00Z
                 */
                "createdAt[lt]"?: components["parameters"]["CreatedAtBefore"];
                /**
                 * @description Exactly when it last changed. A day stands for all its instants, in UTC.
                 * @example 2026-07-01
                 */
                modifiedAt?: components["parameters"]["ModifiedAt"];
                /**
                 * @description From here on, this value included: when it last changed.
                 * @example 2026-07-01T00:00:00Z
                 */
                "modifiedAt[gte]"?: components["parameters"]["ModifiedAtFrom"];
                /**
                 * @description Beyond this value: when it last changed.
                 * @example 2026-07-01T00:00:00Z
                 */
                "modifiedAt[gt]"?: components["parameters"]["ModifiedAtAfter"];
                /**
                 * @description Up to here, this value included: when it last changed.
                 * @example 2026-07-01T00:00:00Z
                 */
                "modifiedAt[lte]"?: components["parameters"]["ModifiedAtTo"];
                /**
                 * @description Below this value: when it last changed.
                 * @example 2026-07-01T00:00:00Z
                 */
                "modifiedAt[lt]"?: components["parameters"]["ModifiedAtBefore"];
                /**
                 * @description Exactly when it became binding. A day stands for all its instants, in UTC.
                 * @example 2026-07-01
                 */
                activatedAt?: components["parameters"]["ActivatedAt"];
                /**
                 * @description From here on, this value included: when it became binding.
                 * @example 2026-07-01T00:00:00Z
                 */
                "activatedAt[gte]"?: components["parameters"]["ActivatedAtFrom"];
                /**
                 * @description Beyond this value: when it became binding.
                 * @example 2026-07-01T00:00:00Z
                 */
                "activatedAt[gt]"?: components["parameters"]["ActivatedAtAfter"];
                /**
                 * @description Up to here, this value included: when it became binding.
                 * @example 2026-07-01T00:00:00Z
                 */
                "activatedAt[lte]"?: components["parameters"]["ActivatedAtTo"];
                /**
                 * @description Below this value: when it became binding.
                 * @example 2026-07-01T00:00:00Z
                 */
                "activatedAt[lt]"?: components["parameters"]["ActivatedAtBefore"];
                /**
                 * @description Exactly the total. By its number; currencies are not converted.
                 * @example 100.00
                 */
                amount?: components["parameters"]["AmountParameter"];
                /**
                 * @description From here on, this value included: the total.
                 * @example 100.00
                 */
                "amount[gte]"?: components["parameters"]["AmountFrom"];
                /**
                 * @description Beyond this value: the total.
                 * @example 100.00
                 */
                "amount[gt]"?: components["parameters"]["AmountAfter"];
                /**
                 * @description Up to here, this value included: the total.
                 * @example 100.00
                 */
                "amount[lte]"?: components["parameters"]["AmountTo"];
                /**
                 * @description Below this value: the total.
                 * @example 100.00
                 */
                "amount[lt]"?: components["parameters"]["AmountBefore"];
                /**
                 * @description Exactly what is still owed. By its number; currencies are not converted.
                 * @example 100.00
                 */
                balance?: components["parameters"]["Balance"];
                /**
                 * @description From here on, this value included: what is still owed.
                 * @example 100.00
                 */
                "balance[gte]"?: components["parameters"]["BalanceFrom"];
                /**
                 * @description Beyond this value: what is still owed.
                 * @example 100.00
                 */
                "balance[gt]"?: components["parameters"]["BalanceAfter"];
                /**
                 * @description Up to here, this value included: what is still owed.
                 * @example 100.00
                 */
                "balance[lte]"?: components["parameters"]["BalanceTo"];
                /**
                 * @description Below this value: what is still owed.
                 * @example 100.00
                 */
                "balance[lt]"?: components["parameters"]["BalanceBefore"];
                /** @description Any of these numbers. `*` stands for any characters or none, `[empty]` for no number at all. */
                number?: components["parameters"]["Number"];
                /**
                 * @description Any of these purchase orders among the invoice's. `*` stands for any characters or none, `[empty]` for an invoice without any.
                 * @example [
                 *       "PO-7"
                 *     ]
                 */
                poNumber?: components["parameters"]["PoNumber"];
                /**
                 * @description Any of these ids in other systems; `[empty]` for an invoice without any.
                 * @example [
                 *       "0061"
                 *     ]
                 */
                externalId?: components["parameters"]["ExternalId"];
                /**
                 * @description Any of these currencies; `[empty]` where the provider names none.
                 * @example [
                 *       "EUR",
                 *       "USD"
                 *     ]
                 */
                currency?: components["parameters"]["CurrencyParameter"];
                /**
                 * @description Words in the number, the customer or the comments, whatever their case and however their accents are encoded.
                 * @example acme
                 */
                search?: components["parameters"]["SearchParameter"];
                /**
                 * @description Whether lines of nothing are shown, where the provider can hide them.
                 * @example false
                 */
                showZeroDollarCharges?: components["parameters"]["ShowZeroDollarCharges"];
                /**
                 * @description Whether tracked items are shown on the lines, where the provider has them.
                 * @example true
                 */
                showTrackedItems?: components["parameters"]["ShowTrackedItems"];
                /** @description What the counts and sums are grouped by; not at all when nothing is said. */
                by?: components["parameters"]["By"];
                /**
                 * @description Has the listing fail when any connection fails or is `partial`.
                 * @example all
                 */
                require?: components["parameters"]["Require"];
            };
            header?: {
                /**
                 * @description The `ETag` last seen; 304 when it is still the answer's.
                 * @example "c99d0ffbf787483ea69078252e8b8f84"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description `no-cache` (or `max-age=0`) reads past the bridge's cache and its copies, and `no-store` is not kept in it either; `max-age` and `min-fresh` say what is fresh enough. `only-if-cached` asks no provider, and is answered 504 `not_cached` when nothing fresh is kept. */
                "Cache-Control"?: components["parameters"]["CacheControl"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The counts and sums. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    ETag: components["headers"]["ListingETag"];
                    Age: components["headers"]["Age"];
                    "Cache-Status": components["headers"]["CacheStatus"];
                    Vary: components["headers"]["Vary"];
                    /** @description `gzip`, where the caller takes it. */
                    "Content-Encoding"?: "gzip";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Summary"];
                };
            };
            304: components["responses"]["ListingNotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    headSummary: {
        parameters: {
            query?: {
                /** @description These connections only, in this order; all that the caller may use when nothing is said. */
                connection?: components["parameters"]["ConnectionParameter"];
                /** @description Invoices of these customers. A comma list of references, or, as Nue has it, a JSON array of them: `["nue:001KS00000DvZ1aYAD","fusebill:123456"]`. An id without a connection is taken for every connection. Nue Self-Service and SimplePin list by customer only: without this they take the customers of the connection's secret, and without these either their source fails with `customer_required`. */
                customerIds?: components["parameters"]["CustomerIds"];
                /** @description Any of these words, of the life cycle or of the payment; `canceled` and `unknown` are the life cycle's. Any spelling will do: `PartiallyPaid`, `partially_paid`. */
                status?: components["parameters"]["StatusParameter"];
                /**
                 * @description Any of these words of the payment, in any spelling.
                 * @example [
                 *       "unpaid",
                 *       "overdue"
                 *     ]
                 */
                paymentStatus?: components["parameters"]["PaymentStatusParameter"];
                /**
                 * @description Exactly the date on the invoice.
                 * @example 2026-07-01
                 */
                invoiceDate?: components["parameters"]["InvoiceDate"];
                /**
                 * @description From here on, this value included: the date on the invoice.
                 * @example 2026-07-01
                 */
                "invoiceDate[gte]"?: components["parameters"]["InvoiceDateFrom"];
                /**
                 * @description Beyond this value: the date on the invoice.
                 * @example 2026-07-01
                 */
                "invoiceDate[gt]"?: components["parameters"]["InvoiceDateAfter"];
                /**
                 * @description Up to here, this value included: the date on the invoice.
                 * @example 2026-07-01
                 */
                "invoiceDate[lte]"?: components["parameters"]["InvoiceDateTo"];
                /**
                 * @description Below this value: the date on the invoice.
                 * @example 2026-07-01
                 */
                "invoiceDate[lt]"?: components["parameters"]["InvoiceDateBefore"];
                /**
                 * @description Exactly the date by which it is to be paid.
                 * @example 2026-07-01
                 */
                dueDate?: components["parameters"]["DueDate"];
                /**
                 * @description From here on, this value included: the date by which it is to be paid.
                 * @example 2026-07-01
                 */
                "dueDate[gte]"?: components["parameters"]["DueDateFrom"];
                /**
                 * @description Beyond this value: the date by which it is to be paid.
                 * @example 2026-07-01
                 */
                "dueDate[gt]"?: components["parameters"]["DueDateAfter"];
                /**
                 * @description Up to here, this value included: the date by which it is to be paid.
                 * @example 2026-07-01
                 */
                "dueDate[lte]"?: components["parameters"]["DueDateTo"];
                /**
                 * @description Below this value: the date by which it is to be paid.
                 * @example 2026-07-01
                 */
                "dueDate[lt]"?: components["parameters"]["DueDateBefore"];
                /**
                 * @description Exactly when it came to be. A day stands for all its instants, in UTC.
                 * @example 2026-07-01
                 */
                createdAt?: components["parameters"]["CreatedAt"];
                /**
                 * @description From here on, this value included: when it came to be.
                 * @example 2026-07-01T00:00:00Z
                 */
                "createdAt[gte]"?: components["parameters"]["CreatedAtFrom"];
                /**
                 * @description Beyond this value: when it came to be.
                 * @example 2026-07-01T00:00:00Z
                 */
                "createdAt[gt]"?: components["parameters"]["CreatedAtAfter"];
                /**
                 * @description Up to here, this value included: when it came to be.
                 * @example 2026-07-01T00:00:00Z
                 */
                "createdAt[lte]"?: components["parameters"]["CreatedAtTo"];
                /**
                 * @description Below this value: when it came to be.
                 * @example 2026-07-01T00:00:00Z
                 */
                "createdAt[lt]"?: components["parameters"]["CreatedAtBefore"];
                /**
                 * @description Exactly when it last changed. A day stands for all its instants, in UTC.
                 * @example 2026-07-01
                 */
                modifiedAt?: components["parameters"]["ModifiedAt"];
                /**
                 * @description From here on, this value included: when it last changed.
                 * @example 2026-07-01T00:00:00Z
                 */
                "modifiedAt[gte]"?: components["parameters"]["ModifiedAtFrom"];
                /**
                 * @description Beyond this value: when it last changed.
                 * @example 2026-07-01T00:00:00Z
                 */
                "modifiedAt[gt]"?: components["parameters"]["ModifiedAtAfter"];
                /**
                 * @description Up to here, this value included: when it last changed.
                 * @example 2026-07-01T00:00:00Z
                 */
                "modifiedAt[lte]"?: components["parameters"]["ModifiedAtTo"];
                /**
                 * @description Below this value: when it last changed.
                 * @example 2026-07-01T00:00:00Z
                 */
                "modifiedAt[lt]"?: components["parameters"]["ModifiedAtBefore"];
                /**
                 * @description Exactly when it became binding. A day stands for all its instants, in UTC.
                 * @example 2026-07-01
                 */
                activatedAt?: components["parameters"]["ActivatedAt"];
                /**
                 * @description From here on, this value included: when it became binding.
                 * @example 2026-07-01T00:00:00Z
                 */
                "activatedAt[gte]"?: components["parameters"]["ActivatedAtFrom"];
                /**
                 * @description Beyond this value: when it became binding.
                 * @example 2026-07-01T00:00:00Z
                 */
                "activatedAt[gt]"?: components["parameters"]["ActivatedAtAfter"];
                /**
                 * @description Up to here, this value included: when it became binding.
                 * @example 2026-07-01T00:00:00Z
                 */
                "activatedAt[lte]"?: components["parameters"]["ActivatedAtTo"];
                /**
                 * @description Below this value: when it became binding.
                 * @example 2026-07-01T00:00:00Z
                 */
                "activatedAt[lt]"?: components["parameters"]["ActivatedAtBefore"];
                /**
                 * @description Exactly the total. By its number; currencies are not converted.
                 * @example 100.00
                 */
                amount?: components["parameters"]["AmountParameter"];
                /**
                 * @description From here on, this value included: the total.
                 * @example 100.00
                 */
                "amount[gte]"?: components["parameters"]["AmountFrom"];
                /**
                 * @description Beyond this value: the total.
                 * @example 100.00
                 */
                "amount[gt]"?: components["parameters"]["AmountAfter"];
                /**
                 * @description Up to here, this value included: the total.
                 * @example 100.00
                 */
                "amount[lte]"?: components["parameters"]["AmountTo"];
                /**
                 * @description Below this value: the total.
                 * @example 100.00
                 */
                "amount[lt]"?: components["parameters"]["AmountBefore"];
                /**
                 * @description Exactly what is still owed. By its number; currencies are not converted.
                 * @example 100.00
                 */
                balance?: components["parameters"]["Balance"];
                /**
                 * @description From here on, this value included: what is still owed.
                 * @example 100.00
                 */
                "balance[gte]"?: components["parameters"]["BalanceFrom"];
                /**
                 * @description Beyond this value: what is still owed.
                 * @example 100.00
                 */
                "balance[gt]"?: components["parameters"]["BalanceAfter"];
                /**
                 * @description Up to here, this value included: what is still owed.
                 * @example 100.00
                 */
                "balance[lte]"?: components["parameters"]["BalanceTo"];
                /**
                 * @description Below this value: what is still owed.
                 * @example 100.00
                 */
                "balance[lt]"?: components["parameters"]["BalanceBefore"];
                /** @description Any of these numbers. `*` stands for any characters or none, `[empty]` for no number at all. */
                number?: components["parameters"]["Number"];
                /**
                 * @description Any of these purchase orders among the invoice's. `*` stands for any characters or none, `[empty]` for an invoice without any.
                 * @example [
                 *       "PO-7"
                 *     ]
                 */
                poNumber?: components["parameters"]["PoNumber"];
                /**
                 * @description Any of these ids in other systems; `[empty]` for an invoice without any.
                 * @example [
                 *       "0061"
                 *     ]
                 */
                externalId?: components["parameters"]["ExternalId"];
                /**
                 * @description Any of these currencies; `[empty]` where the provider names none.
                 * @example [
                 *       "EUR",
                 *       "USD"
                 *     ]
                 */
                currency?: components["parameters"]["CurrencyParameter"];
                /**
                 * @description Words in the number, the customer or the comments, whatever their case and however their accents are encoded.
                 * @example acme
                 */
                search?: components["parameters"]["SearchParameter"];
                /**
                 * @description Whether lines of nothing are shown, where the provider can hide them.
                 * @example false
                 */
                showZeroDollarCharges?: components["parameters"]["ShowZeroDollarCharges"];
                /**
                 * @description Whether tracked items are shown on the lines, where the provider has them.
                 * @example true
                 */
                showTrackedItems?: components["parameters"]["ShowTrackedItems"];
                /** @description What the counts and sums are grouped by; not at all when nothing is said. */
                by?: components["parameters"]["By"];
                /**
                 * @description Has the listing fail when any connection fails or is `partial`.
                 * @example all
                 */
                require?: components["parameters"]["Require"];
            };
            header?: {
                /**
                 * @description The `ETag` last seen; 304 when it is still the answer's.
                 * @example "c99d0ffbf787483ea69078252e8b8f84"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /** @description `no-cache` (or `max-age=0`) reads past the bridge's cache and its copies, and `no-store` is not kept in it either; `max-age` and `min-fresh` say what is fresh enough. `only-if-cached` asks no provider, and is answered 504 `not_cached` when nothing fresh is kept. */
                "Cache-Control"?: components["parameters"]["CacheControl"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What GET would answer. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    ETag: components["headers"]["ListingETag"];
                    Age: components["headers"]["Age"];
                    "Cache-Status": components["headers"]["CacheStatus"];
                    Vary: components["headers"]["Vary"];
                    /** @description `gzip`, where the caller takes it. */
                    "Content-Encoding"?: "gzip";
                    [name: string]: unknown;
                };
                content?: never;
            };
            304: components["responses"]["ListingNotModified"];
            400: components["responses"]["AsGet"];
            401: components["responses"]["AsGet"];
            403: components["responses"]["AsGet"];
            404: components["responses"]["AsGet"];
            422: components["responses"]["AsGet"];
            429: components["responses"]["AsGet"];
            500: components["responses"]["AsGet"];
            502: components["responses"]["AsGet"];
            503: components["responses"]["AsGet"];
            504: components["responses"]["AsGet"];
        };
    };
    getInvoice: {
        parameters: {
            query?: {
                /** @description What beside the invoice itself; each asked for is a member of the invoice, null where the provider has no such thing. `raw` is for operators: refused with 403 where the token has the claim `customers`. */
                includes?: components["parameters"]["Includes"];
                /**
                 * @description Whether lines of nothing are shown, where the provider can hide them.
                 * @example false
                 */
                showZeroDollarCharges?: components["parameters"]["ShowZeroDollarCharges"];
                /**
                 * @description Whether tracked items are shown on the lines, where the provider has them.
                 * @example true
                 */
                showTrackedItems?: components["parameters"]["ShowTrackedItems"];
            };
            header?: {
                /**
                 * @description The `ETag` last seen; 304 when it is still the answer's.
                 * @example "c99d0ffbf787483ea69078252e8b8f84"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description The invoice's reference, percent-encoded where a path needs it. */
                id: components["parameters"]["InvoiceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The invoice. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invoice"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    deleteInvoice: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Your name for this request (IETF draft-ietf-httpapi-idempotency-key-header-07), in double quotes, or
                 *     bare and then without spaces and commas; two keys are refused (400). Sent again with the same key and body, it has the same answer for 24 hours and is not done
                 *     again. With another body it is refused (422 `idempotency_key_reused`), and while the first is
                 *     still running (409 `in_progress`). What was `unknown` is gone on from, first by reading; what is
                 *     certain to have come to nothing is sent once more, and so is what was `rejected` for a reason that
                 *     passes (`problem.retryable`). A key belongs to its caller and its route; of
                 *     an assumed role, to the role and not to one session of it.
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The `ETag` that reading the invoice, without `includes`, last gave: what has changed since is not written (`precondition_failed`). With many invoices each is held to it. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description The invoice's reference, percent-encoded where a path needs it. */
                id: components["parameters"]["InvoiceId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DeletionOptions"];
            };
        };
        responses: {
            /** @description What came of it: `applied` or `unchanged`, with the invoice as it is now. With `dryRun`, what would come of it, which may be `rejected`. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description `true` when the answer was given before, to the first request with this key. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WriteResult"];
                };
            };
            /** @description It may or may not have happened: the outcome is `unknown`. The same request with the same `Idempotency-Key` goes on from reading the invoice; it sends once more only when it is certain that nothing happened. What was `rejected` with `problem.retryable` is tried again likewise. Where `problem.retryable` is false it can never be told, and asking again says the same. */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description `true` when the answer was given before, to the first request with this key. */
                    "Idempotency-Replayed"?: "true";
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WriteResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    headInvoice: {
        parameters: {
            query?: {
                /** @description What beside the invoice itself; each asked for is a member of the invoice, null where the provider has no such thing. `raw` is for operators: refused with 403 where the token has the claim `customers`. */
                includes?: components["parameters"]["Includes"];
                /**
                 * @description Whether lines of nothing are shown, where the provider can hide them.
                 * @example false
                 */
                showZeroDollarCharges?: components["parameters"]["ShowZeroDollarCharges"];
                /**
                 * @description Whether tracked items are shown on the lines, where the provider has them.
                 * @example true
                 */
                showTrackedItems?: components["parameters"]["ShowTrackedItems"];
            };
            header?: {
                /**
                 * @description The `ETag` last seen; 304 when it is still the answer's.
                 * @example "c99d0ffbf787483ea69078252e8b8f84"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description The invoice's reference, percent-encoded where a path needs it. */
                id: components["parameters"]["InvoiceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What GET would answer. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["AsGet"];
            401: components["responses"]["AsGet"];
            403: components["responses"]["AsGet"];
            404: components["responses"]["AsGet"];
            422: components["responses"]["AsGet"];
            429: components["responses"]["AsGet"];
            500: components["responses"]["AsGet"];
            502: components["responses"]["AsGet"];
            503: components["responses"]["AsGet"];
            504: components["responses"]["AsGet"];
        };
    };
    updateInvoice: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Your name for this request (IETF draft-ietf-httpapi-idempotency-key-header-07), in double quotes, or
                 *     bare and then without spaces and commas; two keys are refused (400). Sent again with the same key and body, it has the same answer for 24 hours and is not done
                 *     again. With another body it is refused (422 `idempotency_key_reused`), and while the first is
                 *     still running (409 `in_progress`). What was `unknown` is gone on from, first by reading; what is
                 *     certain to have come to nothing is sent once more, and so is what was `rejected` for a reason that
                 *     passes (`problem.retryable`). A key belongs to its caller and its route; of
                 *     an assumed role, to the role and not to one session of it.
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The `ETag` that reading the invoice, without `includes`, last gave: what has changed since is not written (`precondition_failed`). With many invoices each is held to it. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description The invoice's reference, percent-encoded where a path needs it. */
                id: components["parameters"]["InvoiceId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["InvoicePatch"];
                "application/json": components["schemas"]["InvoicePatch"];
            };
        };
        responses: {
            /** @description What came of it, with the invoice as it is now; with `dryRun`, what would come of it. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description `true` when the answer was given before, to the first request with this key. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WriteResult"];
                };
            };
            /** @description It may or may not have happened: the outcome is `unknown`. The same request with the same `Idempotency-Key` goes on from reading the invoice; it sends once more only when it is certain that nothing happened. What was `rejected` with `problem.retryable` is tried again likewise. Where `problem.retryable` is false it can never be told, and asking again says the same. */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description `true` when the answer was given before, to the first request with this key. */
                    "Idempotency-Replayed"?: "true";
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WriteResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    activateInvoices: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Your name for this request (IETF draft-ietf-httpapi-idempotency-key-header-07), in double quotes, or
                 *     bare and then without spaces and commas; two keys are refused (400). Sent again with the same key and body, it has the same answer for 24 hours and is not done
                 *     again. With another body it is refused (422 `idempotency_key_reused`), and while the first is
                 *     still running (409 `in_progress`). What was `unknown` is gone on from, first by reading; what is
                 *     certain to have come to nothing is sent once more, and so is what was `rejected` for a reason that
                 *     passes (`problem.retryable`). A key belongs to its caller and its route; of
                 *     an assumed role, to the role and not to one session of it.
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The `ETag` that reading the invoice, without `includes`, last gave: what has changed since is not written (`precondition_failed`). With many invoices each is held to it. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ActivationRequest"];
            };
        };
        responses: {
            /** @description Every invoice is as asked. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description `true` when the answer was given before, to the first request with this key. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WriteResults"];
                };
            };
            /** @description Some invoice is not as asked, or it cannot be told yet; `results` tells of each. */
            207: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description `true` when the answer was given before, to the first request with this key. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WriteResults"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    activateInvoice: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Your name for this request (IETF draft-ietf-httpapi-idempotency-key-header-07), in double quotes, or
                 *     bare and then without spaces and commas; two keys are refused (400). Sent again with the same key and body, it has the same answer for 24 hours and is not done
                 *     again. With another body it is refused (422 `idempotency_key_reused`), and while the first is
                 *     still running (409 `in_progress`). What was `unknown` is gone on from, first by reading; what is
                 *     certain to have come to nothing is sent once more, and so is what was `rejected` for a reason that
                 *     passes (`problem.retryable`). A key belongs to its caller and its route; of
                 *     an assumed role, to the role and not to one session of it.
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The `ETag` that reading the invoice, without `includes`, last gave: what has changed since is not written (`precondition_failed`). With many invoices each is held to it. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description The invoice's reference, percent-encoded where a path needs it. */
                id: components["parameters"]["InvoiceId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ActivationOptions"];
            };
        };
        responses: {
            /** @description What came of it: `applied` or `unchanged`, with the invoice as it is now. With `dryRun`, what would come of it, which may be `rejected`. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description `true` when the answer was given before, to the first request with this key. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WriteResult"];
                };
            };
            /** @description It may or may not have happened: the outcome is `unknown`. The same request with the same `Idempotency-Key` goes on from reading the invoice; it sends once more only when it is certain that nothing happened. What was `rejected` with `problem.retryable` is tried again likewise. Where `problem.retryable` is false it can never be told, and asking again says the same. */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description `true` when the answer was given before, to the first request with this key. */
                    "Idempotency-Replayed"?: "true";
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WriteResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    cancelInvoices: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Your name for this request (IETF draft-ietf-httpapi-idempotency-key-header-07), in double quotes, or
                 *     bare and then without spaces and commas; two keys are refused (400). Sent again with the same key and body, it has the same answer for 24 hours and is not done
                 *     again. With another body it is refused (422 `idempotency_key_reused`), and while the first is
                 *     still running (409 `in_progress`). What was `unknown` is gone on from, first by reading; what is
                 *     certain to have come to nothing is sent once more, and so is what was `rejected` for a reason that
                 *     passes (`problem.retryable`). A key belongs to its caller and its route; of
                 *     an assumed role, to the role and not to one session of it.
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The `ETag` that reading the invoice, without `includes`, last gave: what has changed since is not written (`precondition_failed`). With many invoices each is held to it. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CancellationRequest"];
            };
        };
        responses: {
            /** @description Every invoice is as asked. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description `true` when the answer was given before, to the first request with this key. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WriteResults"];
                };
            };
            /** @description Some invoice is not as asked, or it cannot be told yet; `results` tells of each. */
            207: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description `true` when the answer was given before, to the first request with this key. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WriteResults"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    cancelInvoice: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Your name for this request (IETF draft-ietf-httpapi-idempotency-key-header-07), in double quotes, or
                 *     bare and then without spaces and commas; two keys are refused (400). Sent again with the same key and body, it has the same answer for 24 hours and is not done
                 *     again. With another body it is refused (422 `idempotency_key_reused`), and while the first is
                 *     still running (409 `in_progress`). What was `unknown` is gone on from, first by reading; what is
                 *     certain to have come to nothing is sent once more, and so is what was `rejected` for a reason that
                 *     passes (`problem.retryable`). A key belongs to its caller and its route; of
                 *     an assumed role, to the role and not to one session of it.
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The `ETag` that reading the invoice, without `includes`, last gave: what has changed since is not written (`precondition_failed`). With many invoices each is held to it. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description The invoice's reference, percent-encoded where a path needs it. */
                id: components["parameters"]["InvoiceId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["CancellationOptions"];
            };
        };
        responses: {
            /** @description What came of it: `applied` or `unchanged`, with the invoice as it is now. With `dryRun`, what would come of it, which may be `rejected`. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description `true` when the answer was given before, to the first request with this key. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WriteResult"];
                };
            };
            /** @description It may or may not have happened: the outcome is `unknown`. The same request with the same `Idempotency-Key` goes on from reading the invoice; it sends once more only when it is certain that nothing happened. What was `rejected` with `problem.retryable` is tried again likewise. Where `problem.retryable` is false it can never be told, and asking again says the same. */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description `true` when the answer was given before, to the first request with this key. */
                    "Idempotency-Replayed"?: "true";
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WriteResult"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    listChanges: {
        parameters: {
            query?: {
                /** @description These connections only, in this order; all that the caller may use when nothing is said. */
                connection?: components["parameters"]["ConnectionParameter"];
                /**
                 * @description An instant, or a date for its first. Not beside `cursor`.
                 * @example 2026-11-01T00:00:00Z
                 */
                since?: components["schemas"]["Moment"];
                /**
                 * @description Where to go on from: `nextCursor` of the last answer, with the same question by the same caller. The page size may differ.
                 * @example Aci40J09YXyVu5Cp4x_1ZTa5cDxeNhVFYHsiYSI6eyJ2Ijp7ImRhdGUiOiIyMDI2LTA2LTE1In0sInIiOiJudWU6YzRhYzcwOGYtOWE2YS00YjY5LWEwNDgtMzU5ZWY2ZWUwMDg3In0sImMiOnsibnVlIjp7InBhcnRzIjp7ImFsbCI6eyJzIjoxfX19LCJzaW1wbGVwaW4iOnsicGFydHMiOnt9fX19
                 */
                cursor?: components["parameters"]["Cursor"];
                /**
                 * @description How many invoices a page has at most.
                 * @example 100
                 */
                limit?: components["parameters"]["Limit"];
                /** @description `invoice`: the invoices beside their changes. */
                includes?: "invoice";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Changes. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changes"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description `changes_expired`: changes are not told so far back any more. Ask for all that there is anew. */
            410: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["Throttled"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    headChanges: {
        parameters: {
            query?: {
                /** @description These connections only, in this order; all that the caller may use when nothing is said. */
                connection?: components["parameters"]["ConnectionParameter"];
                /**
                 * @description An instant, or a date for its first. Not beside `cursor`.
                 * @example 2026-11-01T00:00:00Z
                 */
                since?: components["schemas"]["Moment"];
                /**
                 * @description Where to go on from: `nextCursor` of the last answer, with the same question by the same caller. The page size may differ.
                 * @example Aci40J09YXyVu5Cp4x_1ZTa5cDxeNhVFYHsiYSI6eyJ2Ijp7ImRhdGUiOiIyMDI2LTA2LTE1In0sInIiOiJudWU6YzRhYzcwOGYtOWE2YS00YjY5LWEwNDgtMzU5ZWY2ZWUwMDg3In0sImMiOnsibnVlIjp7InBhcnRzIjp7ImFsbCI6eyJzIjoxfX19LCJzaW1wbGVwaW4iOnsicGFydHMiOnt9fX19
                 */
                cursor?: components["parameters"]["Cursor"];
                /**
                 * @description How many invoices a page has at most.
                 * @example 100
                 */
                limit?: components["parameters"]["Limit"];
                /** @description `invoice`: the invoices beside their changes. */
                includes?: "invoice";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What GET would answer. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["AsGet"];
            401: components["responses"]["AsGet"];
            403: components["responses"]["AsGet"];
            404: components["responses"]["AsGet"];
            410: components["responses"]["AsGet"];
            422: components["responses"]["AsGet"];
            429: components["responses"]["AsGet"];
            500: components["responses"]["AsGet"];
            503: components["responses"]["AsGet"];
        };
    };
    deleteInvoices: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Your name for this request (IETF draft-ietf-httpapi-idempotency-key-header-07), in double quotes, or
                 *     bare and then without spaces and commas; two keys are refused (400). Sent again with the same key and body, it has the same answer for 24 hours and is not done
                 *     again. With another body it is refused (422 `idempotency_key_reused`), and while the first is
                 *     still running (409 `in_progress`). What was `unknown` is gone on from, first by reading; what is
                 *     certain to have come to nothing is sent once more, and so is what was `rejected` for a reason that
                 *     passes (`problem.retryable`). A key belongs to its caller and its route; of
                 *     an assumed role, to the role and not to one session of it.
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The `ETag` that reading the invoice, without `includes`, last gave: what has changed since is not written (`precondition_failed`). With many invoices each is held to it. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: components["requestBodies"]["Deletion"];
        responses: {
            /** @description Every invoice is as asked. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description `true` when the answer was given before, to the first request with this key. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WriteResults"];
                };
            };
            /** @description Some invoice is not as asked, or it cannot be told yet; `results` tells of each. */
            207: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    /** @description `true` when the answer was given before, to the first request with this key. */
                    "Idempotency-Replayed"?: "true";
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WriteResults"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["GatewayTimeout"];
        };
    };
    listConnections: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` last seen; 304 when it is still the answer's.
                 * @example "c99d0ffbf787483ea69078252e8b8f84"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The connections. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Connections"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["Throttled"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unavailable"];
        };
    };
    headConnections: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` last seen; 304 when it is still the answer's.
                 * @example "c99d0ffbf787483ea69078252e8b8f84"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What GET would answer. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["XRequestId"];
                    "Cache-Control": components["headers"]["CacheControl"];
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["AsGet"];
            401: components["responses"]["AsGet"];
            403: components["responses"]["AsGet"];
            429: components["responses"]["AsGet"];
            500: components["responses"]["AsGet"];
            503: components["responses"]["AsGet"];
        };
    };
    receiveWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The connection whose provider calls. */
                connection: components["parameters"]["WebhookConnection"];
            };
            cookie?: never;
        };
        requestBody?: components["requestBodies"]["Webhook"];
        responses: {
            200: components["responses"]["WebhookTaken"];
            401: components["responses"]["WebhookRefused"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["Throttled"];
            503: components["responses"]["WebhookNotTaken"];
        };
    };
    receiveWebhookWithToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The connection whose provider calls. */
                connection: components["parameters"]["WebhookConnection"];
                /** @description One of the secrets of the connection's `webhook`. */
                token: components["parameters"]["WebhookToken"];
            };
            cookie?: never;
        };
        requestBody?: components["requestBodies"]["Webhook"];
        responses: {
            200: components["responses"]["WebhookTaken"];
            401: components["responses"]["WebhookRefused"];
            413: components["responses"]["TooLarge"];
            429: components["responses"]["Throttled"];
            503: components["responses"]["WebhookNotTaken"];
        };
    };
}
