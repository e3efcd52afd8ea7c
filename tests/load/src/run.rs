//! A whole run: a quiet time, a loaded one, and the end, at which all is held to the sandbox.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fastrand::Rng;
use tokio::task::{JoinHandle, JoinSet};

use crate::client::{Client, Failure};
use crate::dynamodb::Throttle;
use crate::faults;
use crate::figures::Phase;
use crate::memory::{Memory, Trend};
use crate::options::Options;
use crate::program;
use crate::questions::{Question, fresh, repeated, walk};
use crate::report::{Report, Run, draw};
use crate::stack::{Control, Stack};
use crate::stage::{Action, Stage};
use crate::violations::Rule;
use crate::world::{CONNECTIONS, WRITABLE, World};
use crate::writes::Pool;

/// How long a write that nobody answered for is left to its provider.
const UNSETTLED_SECONDS: u64 = 6;
/// The connections of which copies are kept.
const SYNCED: &str = "finexio,simplepin";
/// How often memory is looked at.
const MEMORY_PACE: Duration = Duration::from_secs(3);
/// Of how many listings one is held to all of its schema, which takes time.
const WHOLE: usize = 20;
/// How long a run goes on, at least, until its memory can be judged.
const LONG_ENOUGH: f64 = 120.0;

/// Runs it; the report, once it is over.
///
/// # Errors
/// When something else fails than what is tested.
pub async fn run(options: &Options) -> Result<Report, Failure> {
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    eprintln!("seed {seed}");
    let mut rng = Rng::with_seed(seed);
    let (client, throttle) =
        (Client::new()?, Throttle::start(rng.u64(..), options.sabotage).await?);
    let stack = start(options, seed, &throttle)?;
    throttle.lead_to(&stack.at.dynamodb);
    let control = Control::new(client.clone(), stack.at.clone());
    let world = World::new(client, control, stack.at.api.clone(), Pool::default())?;
    fill(&world, &mut rng).await?;
    let world = Arc::new(world);
    let beside = Beside::start(&world, options.callers, stack.at.pid, &mut rng);

    warm(&world, options.callers).await;
    world.turn_to(Phase::Quiet);
    wait(&world, options.quiet()).await;
    let mark = world.figures.elapsed().as_secs_f64();
    world.turn_to(Phase::Loaded);
    faults::set(&world.control).await?;
    throttle.set(true);
    let rotations = load(&world, options).await?;
    let end = world.figures.elapsed().as_secs_f64();
    world.turn_to(Phase::Over);
    let memory = beside.end().await?;
    faults::lift(&world.control).await?;
    throttle.set(false);
    let open_at_the_end = settle(&world, &mut rng).await?;

    let trends = trends(&world, &memory, mark, end);
    draw(&options.plot, &world.figures, &memory, mark)?;
    let run = Run {
        seed,
        callers: options.callers,
        quiet_seconds: options.quiet().as_secs_f64(),
        loaded_seconds: options.loaded().as_secs_f64(),
        open_at_the_end,
        dynamodb: throttle.counts(),
        rotations,
    };
    Ok(Report::new(run, &world.figures, trends, &world.violations))
}

/// What goes on beside the run's own course: callers, and those who look on.
struct Beside {
    callers: JoinSet<()>,
    watching: JoinHandle<Result<(), Failure>>,
    looking: JoinHandle<Memory>,
}

impl Beside {
    fn start(world: &Arc<World>, callers: usize, stack: u32, rng: &mut Rng) -> Self {
        let questions = Arc::new(repeated(&world.truth, rng));
        let mut tasks = JoinSet::new();
        for _ in 0..callers {
            tasks.spawn(call(Arc::clone(world), Arc::clone(&questions), rng.fork()));
        }
        let (watched, looked) = (Arc::clone(world), Arc::clone(world));
        Self {
            callers: tasks,
            watching: tokio::spawn(async move { watched.watch_all().await }),
            looking: tokio::spawn(look(looked, stack)),
        }
    }

    /// Waits for the end of all, once the load is over; the memory that was seen.
    async fn end(mut self) -> Result<Memory, Failure> {
        progress("waiting for the callers' last answers");
        while let Some(ended) = self.callers.join_next().await {
            ended?;
        }
        self.watching.await??;
        Ok(self.looking.await?)
    }
}

/// Settles what is open, and holds all to the sandbox; how many writes were open.
async fn settle(world: &World, rng: &mut Rng) -> Result<usize, Failure> {
    progress("settling what is open");
    let open = world.settle_all(rng).await;
    progress("holding all to the sandbox");
    world.hold_to_counts().await?;
    world.hold_to_records().await?;
    progress("");
    Ok(open)
}

/// How memory went on from the end of the first loaded minute, where the run was long enough.
fn trends(world: &World, memory: &Memory, mark: f64, end: f64) -> Vec<Trend> {
    if end - mark < LONG_ENOUGH {
        return Vec::new();
    }
    let trends = memory.trends(mark + 60.0, end);
    for trend in trends.iter().filter(|trend| trend.is_flat == Some(false)) {
        let what = format!("a process of {} grows: {trend:?}", trend.function);
        world.violations.add(Rule::Memory, what, "no single one", None);
    }
    trends
}

/// Starts the stack behind the proxy.
fn start(options: &Options, seed: u64, throttle: &Throttle) -> Result<Stack, Failure> {
    let program = program::find(options.stack.as_deref())?;
    let template = std::env::temp_dir().join(format!("load-{}.yaml", std::process::id()));
    std::fs::write(&template, throttle.template()?)?;
    let arguments = [
        "--invoices".to_owned(),
        options.invoices().to_string(),
        "--seed".to_owned(),
        seed.to_string(),
        "--template".to_owned(),
        template.display().to_string(),
        "--parameter".to_owned(),
        format!("UnsettledSeconds={UNSETTLED_SECONDS}"),
        "--parameter".to_owned(),
        "LogLevel=warn".to_owned(),
        "--sync".to_owned(),
        SYNCED.to_owned(),
        "--sync-rate".to_owned(),
        options.sync_rate.clone(),
    ];
    let stack = Stack::start(&program, &arguments, options.log.as_deref());
    std::fs::remove_file(&template)?;
    stack
}

/// Takes in what the sandbox holds, and what there is to write.
async fn fill(world: &World, rng: &mut Rng) -> Result<(), Failure> {
    for connection in CONNECTIONS {
        let records = world.records(connection).await?;
        world.truth.add(connection, &records);
        if !WRITABLE.contains(&connection) {
            continue;
        }
        for record in &records {
            if Stage::recorded(connection, record) != Stage::Draft {
                continue;
            }
            let action = match (rng.u8(0..100), connection) {
                (0..10, "stripe") => Action::Delete,
                (0..10, _) => Action::Cancel,
                _ => Action::Activate,
            };
            world.pool.add(action, record.reference(connection));
        }
    }
    world.pool.shuffle(rng);
    Ok(())
}

/// One caller, until the load is over: of a hundred calls 80 repeat a question, 15 put a fresh
/// one, and 5 write.
async fn call(world: Arc<World>, questions: Arc<Vec<Question>>, mut rng: Rng) {
    while world.phase() != Phase::Over {
        let is_whole = rng.usize(0..WHOLE) == 0;
        match rng.u8(0..100) {
            0..80 => {
                // Some are asked more often than others.
                let place = rng.usize(0..questions.len()).min(rng.usize(0..questions.len()));
                if let Some(question) = questions.get(place) {
                    world.read(question, is_whole).await;
                }
            }
            80..94 => world.read(&fresh(&world.truth, &mut rng), is_whole).await,
            94 => {
                world.walk(&walk(&mut rng)).await;
            }
            _ => {
                if let Some(wish) = world.pool.take(&mut rng) {
                    world.write_between_listings(wish, &mut rng).await;
                }
            }
        }
    }
}

/// Waits until every caller has had some answers: processes have started by then.
async fn warm(world: &World, callers: usize) {
    progress("warming");
    let answered = || world.figures.counts(Phase::Warming).statuses.values().sum::<usize>();
    while answered() < callers * 10 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Lets time pass, and tells how it goes.
async fn wait(world: &World, time: Duration) {
    let end = Instant::now() + time;
    while Instant::now() < end {
        tell(world, end);
        tokio::time::sleep(Duration::from_millis(500).min(time)).await;
    }
}

/// Lets time pass while keys change; how often they did.
async fn load(world: &World, options: &Options) -> Result<usize, Failure> {
    let end = Instant::now() + options.loaded();
    let mut rotations = 0;
    let mut next = Instant::now() + options.rotation();
    while Instant::now() < end {
        tell(world, end);
        tokio::time::sleep(Duration::from_millis(500)).await;
        if Instant::now() < next {
            continue;
        }
        if let Some(connection) = CONNECTIONS.iter().cycle().nth(rotations) {
            world.control.rotate(connection, rotations).await?;
        }
        rotations += 1;
        next = Instant::now() + options.rotation();
    }
    Ok(rotations)
}

/// Looks at memory until the load is over.
async fn look(world: Arc<World>, stack: u32) -> Memory {
    let memory = Memory::default();
    while world.phase() != Phase::Over {
        memory.sample(stack, world.figures.elapsed().as_secs_f64());
        tokio::time::sleep(MEMORY_PACE).await;
    }
    memory
}

fn tell(world: &World, end: Instant) {
    let phase = world.phase();
    let left = end.saturating_duration_since(Instant::now()).as_secs();
    let answers: usize = world.figures.counts(phase).statuses.values().sum();
    let (open, able) = world.pool.left();
    let violations: usize = world.violations.counts().values().sum();
    progress(&format!(
        "{phase:?}: {left} s left, {answers} answers, {open} writes open, {able} invoices to write, {violations} violations"
    ));
}

/// What it is at, for people; in one line.
fn progress(text: &str) {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K{text}");
    }
}
