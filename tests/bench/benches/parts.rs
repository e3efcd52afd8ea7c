//! The parts of a listing, each by itself, without a network: `cargo bench -p
//! bench`. The mapping of providers' answers stands beside what `serde_json`
//! takes to read the same bytes into its own `Value`.

#![expect(clippy::unwrap_used, reason = "a bench that cannot begin has failed")]

#[path = "../tests/recorded/mod.rs"]
mod recorded;

use std::hint::black_box;

use api::ListQuery;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use engine::listing;
use invoice::Scope;
use sandbox::ProviderKind;
use serde_json::Value;
use store::listing_cache::Packed;

use recorded::{Recorded, runtime, soon};

const QUERY: &str = "customerIds=%5B%22nue%3A001KS00000DvZ1aYAD%22%2C%22fusebill%3A123456%22%5D\
    &status=draft%2Cactive&includes=assets%2Corders&invoiceDate%5Bgte%5D=2025-01-01\
    &invoiceDate%5Blt%5D=2026-01-01&balance%5Bgt%5D=0&sort=-invoiceDate&limit=50";

fn bytes(count: usize) -> Throughput {
    Throughput::Bytes(count.try_into().unwrap())
}

fn mapping(criterion: &mut Criterion) {
    let runtime = runtime();
    for kind in ProviderKind::ALL {
        let mut group = criterion.benchmark_group(format!("mapping {}", kind.name()));
        for invoices in [1, 50, 1_000] {
            let recorded = Recorded::new(kind, invoices);
            let read = runtime.block_on(recorded.read());
            // Some providers are asked for more than one page.
            let (bodies, calls) = (recorded.bodies(), recorded.take_calls());
            assert!(calls >= bodies.len());
            group.throughput(bytes(bodies.iter().map(|body| body.len()).sum()));
            group.bench_function(BenchmarkId::new("ours", read), |bench| {
                bench.iter(|| runtime.block_on(recorded.read()));
            });
            group.bench_function(BenchmarkId::new("serde_json", read), |bench| {
                bench.iter(|| {
                    for body in &bodies {
                        // A page past the last has nothing in it.
                        let _ = black_box(serde_json::from_slice::<Value>(body));
                    }
                });
            });
        }
        group.finish();
    }
}

fn merging(criterion: &mut Criterion) {
    let runtime = runtime();
    let six = ProviderKind::ALL.map(|kind| Recorded::new(kind, 200));
    let connections: Vec<_> = six.iter().map(|one| one.connection.clone()).collect();
    let query = ListQuery::parse("limit=50&sort=-invoiceDate").unwrap();
    let list = || listing::list(&connections, &query, &Scope::All, soon());
    criterion.bench_function("merging six connections", |bench| {
        bench.iter(|| runtime.block_on(list()).unwrap());
    });
}

fn parsing(criterion: &mut Criterion) {
    criterion.bench_function("parsing a query", |bench| {
        bench.iter(|| ListQuery::parse(black_box(QUERY)).unwrap());
    });
}

fn packing(criterion: &mut Criterion) {
    let recorded = Recorded::new(ProviderKind::Nue, 50);
    let query = ListQuery::parse("limit=50").unwrap();
    let connections = [recorded.connection.clone()];
    let listing = listing::list(&connections, &query, &Scope::All, soon());
    let listing = runtime().block_on(listing).unwrap();
    let text = serde_json::to_vec(&listing.data).unwrap();
    let packed = Packed::new(&text).unwrap();
    let mut group = criterion.benchmark_group("a listing of fifty, kept");
    group.throughput(bytes(text.len()));
    group.bench_function("written", |bench| {
        bench.iter(|| serde_json::to_vec(black_box(&listing.data)).unwrap());
    });
    group.bench_function("packed", |bench| bench.iter(|| Packed::new(black_box(&text)).unwrap()));
    group.bench_function("as gzip", |bench| bench.iter(|| packed.gzip(b"}").unwrap()));
    group.bench_function("as text", |bench| bench.iter(|| packed.plain(b"}").unwrap()));
    group.finish();
}

criterion_group!(parts, mapping, merging, parsing, packing);
criterion_main!(parts);
