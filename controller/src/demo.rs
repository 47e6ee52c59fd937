//! `rackward demo`: a simulated data centre and the real daemon for it, in one process but connected by nothing except
//! pseudo-terminals and MQTT inside mutual TLS on loopback. What the site consists of is `demo/site.rs`, who its people are
//! `demo/people.rs`; here both are started, filled and stopped.

pub mod options;
pub mod people;
pub mod site;
pub mod world;

mod camera;
mod enrolment;
mod secrets_on_disk;

use std::time::Duration;

use anyhow::Context as _;
use rackward_core::engine::command::{OperatorCommand, OperatorName, Scope};
use rackward_core::id::OperatorId;
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::{Answer, Caller, Query, Reply};
use rackward_dashboard::wire::card::CardNumber;
use rackward_dashboard::{Backend as _, LinkFor};
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::config::Config;
use crate::daemon::{Daemon, stop_signal};
use crate::demo::enrolment::Codes;
use crate::demo::options::{Banner, DemoOptions, Lifetime, Place, Walking};
use crate::demo::site::Premises;
use crate::log;
use crate::pin::{Pin, PinWorker};

/// How long the devices of the demo may take to come up before it says that it is ready all the same.
const DEVICES_READY: Duration = Duration::from_secs(20);

/// Who runs the demo: signed in by the link that it prints.
const OPERATOR: &str = "demo";

/// Runs the demo until it is told to stop or its time is over.
///
/// # Errors
/// Whatever keeps it from starting.
pub fn run(options: DemoOptions) -> anyhow::Result<()> {
    log::begin("error");
    if let Place::Fresh(dir) = &options.place {
        Premises::clear(dir)?;
    }
    let premises = Premises::lay_out(options.place.dir(), options.http)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let ended = runtime.block_on(live(&options, &premises));
    runtime.shutdown_timeout(Duration::from_secs(2));
    ended
}

async fn live(options: &DemoOptions, premises: &Premises) -> anyhow::Result<()> {
    if options.banner == Banner::Full {
        eprintln!("starting the daemon and the simulated data centre in {} ...", premises.dir().display());
    }
    // The hardware is there before the daemon, as in a building, so that the journal does not begin with it missing.
    let leaving = CancellationToken::new();
    let codes = Codes::draw(premises)?;
    let world = World::start(options, premises, &codes, leaving.clone()).await?;
    camera::start(premises.cameras(), premises.sim_socket(), leaving.clone()).await?;
    // The codes are good before the first handle can come with one: a code that is refused is not tried twice.
    let mut config = Config::read(&premises.site_file())?;
    config.console.allowances = options.allowances;
    let daemon = Daemon::start_with(config, |site| codes.offers(site)).await?;
    if daemon.is_fresh().await {
        populate(&daemon).await?;
    }
    devices_ready(&daemon).await;
    let operator = the_operator(&daemon).await?;
    announce(options, premises, &daemon, operator)?;
    let stopped = async {
        match options.lifetime {
            Lifetime::UntilStopped => stop_signal().await,
            Lifetime::Span(span) => tokio::select! {
                stopped = stop_signal() => stopped,
                () = tokio::time::sleep(span) => Ok(()),
            },
        }
    };
    let ended = daemon.until_stopped(stopped).await;
    if options.banner == Banner::Full {
        eprintln!("stopping ...");
    }
    let daemon_stopped = daemon.stop().await;
    leaving.cancel();
    world.stop().await;
    daemon_stopped.and(ended)
}

/// Gives the empty journal its people, through the same commands that an admin would give.
async fn populate(daemon: &Daemon) -> anyhow::Result<()> {
    let worker = PinWorker::new();
    let runtime = tokio::runtime::Handle::current();
    let pin_hash = |pin: &str| {
        let pin = Pin::parse(pin).context("a PIN of the demo is unfit")?;
        Ok(tokio::task::block_in_place(|| runtime.block_on(worker.hash(pin)))?)
    };
    let card_key = |card: &str| {
        let card = CardNumber::parse(card)?;
        Ok(daemon.backend.card_key(&card.bits))
    };
    let hashing = people::Hashing { card_key: &card_key, pin_hash: &pin_hash };
    let caller = Caller::new(Actor::System, OperatorRole::Admin, Scope::Site);
    for command in people::seeding(&daemon.backend.site(), clock::now().wall, &hashing)? {
        daemon.backend.submit(caller, command).await.context("the demo's people do not fit its site")?;
    }
    Ok(())
}

/// Waits until every device of the site answers that has a key, so that the first badge after "ready" works.
async fn devices_ready(daemon: &Daemon) {
    let mut head = daemon.backend.head();
    let all_online = async {
        loop {
            if let Ok(Answer::Status(status)) = daemon.backend.ask(Scope::Site, Query::Status).await
                && status.devices[1] == site::SPARE_DEVICES
                && status.doors[2] == 0
            {
                return;
            }
            if head.changed().await.is_err() {
                return;
            }
        }
    };
    // Late devices are shown as what they are; the demo does not wait for ever.
    let _ = tokio::time::timeout(DEVICES_READY, all_online).await;
}

/// The one who runs the demo, made at its first start.
async fn the_operator(daemon: &Daemon) -> anyhow::Result<OperatorId> {
    let known = daemon.backend.proofs().and_then(|proofs| proofs.named(OPERATOR));
    if let Some(operator) = known {
        return Ok(operator);
    }
    let name = OperatorName::parse(OPERATOR).context("the demo's operator has an unfit name")?;
    let create = OperatorCommand::Create { name, role: OperatorRole::Admin, scope: Scope::Site };
    match daemon.tell(create).await.context("the demo's operator was not made")? {
        Reply::Operator(operator) => Ok(operator),
        other => anyhow::bail!("the demo's operator was not made: {other:?}"),
    }
}

fn announce(options: &DemoOptions, premises: &Premises, daemon: &Daemon, operator: OperatorId) -> anyhow::Result<()> {
    let login = daemon.sessions.new_link_for(LinkFor::Operator(operator), clock::now().monotonic)?;
    let http = format!("http://{}", daemon.http);
    let dir = premises.dir().display().to_string();
    match options.banner {
        Banner::OneLine => {
            println!("{}", serde_json::json!({ "http": http, "dir": dir, "login": login }));
        }
        Banner::Full => println!("{}", banner(options, &dir, &http, &login)),
    }
    Ok(())
}

fn banner(options: &DemoOptions, dir: &str, http: &str, login: &str) -> String {
    let program = match &options.place {
        Place::Fresh(_) => "rackward".to_owned(),
        Place::Kept(_) => format!("rackward --dir {dir}"),
    };
    format!(
        "\nRackward demo: one data centre, {} doors and racks, simulated down to the pins.\n\n  \
         console   {http}\n  sign in   {login}\n            (once, within 15 minutes)\n\n\
         In a second terminal (the program is target/release/rackward):\n  \
         {program} event watch\n  \
         {program} sim badge p-1 main-entrance/in\n  \
         {program} sim force main-entrance\n  \
         {program} alarm list\n  \
         {program} explain --person p-2 --point plant-room/in\n  \
         {program} sim cut r01-c03-front\n  \
         {program} grant revoke g-5 --reason over --wait --timeout 5s\n  \
         {program} device exposure r01-c03-front\n  \
         {program} device commission {} --reason try\n\n\
         Ctrl-C stops it.",
        site::racks().len() * 2 + 6,
        site::SPARE
    )
}

/// The simulated world, on a thread and runtime of its own: it shares nothing with the daemon.
struct World {
    thread: std::thread::JoinHandle<anyhow::Result<()>>,
}

impl World {
    async fn start(
        options: &DemoOptions,
        premises: &Premises,
        codes: &Codes,
        leaving: CancellationToken,
    ) -> anyhow::Result<Self> {
        premises.write_world(premises.broker(), codes)?;
        let config = premises.world(premises.broker(), codes)?;
        let (ready, is_ready) = tokio::sync::oneshot::channel();
        let settings = rackward_firmware_sim::Options {
            still: options.walking == Walking::Still,
            seed: options.seed,
            control: Some(premises.sim_socket()),
            ready: Some(ready),
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let thread = std::thread::Builder::new().name("world".into()).spawn(move || {
            let world = rackward_firmware_sim::run(config, settings, leaving.cancelled_owned());
            runtime.block_on(world).map_err(anyhow::Error::from)
        })?;
        if is_ready.await.is_err() {
            let failed = "the simulated world did not start";
            return match tokio::task::spawn_blocking(move || thread.join()).await {
                Ok(Ok(Err(error))) => Err(error.context(failed)),
                Ok(Ok(Ok(())) | Err(_)) | Err(_) => anyhow::bail!(failed),
            };
        }
        Ok(Self { thread })
    }

    async fn stop(self) {
        let ended = tokio::task::spawn_blocking(move || self.thread.join()).await;
        if let Ok(Ok(Err(error))) = ended {
            tracing::error!(%error, "the simulated world ended badly");
        }
    }
}
