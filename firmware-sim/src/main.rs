//! The program `firmware-sim`: a simulated site in a process of its own, and the enrolment of one device by hand.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand};
use rackward_firmware_sim::identity::IdentityDir;
use rackward_firmware_sim::link::enrol::{Desk, enrol};
use rackward_firmware_sim::{Options, WorldConfig, run};
use rackward_protocol::mqtt::enrolment::Code;
use rackward_protocol::mqtt::{DeviceId, SiteId};

/// Simulated readers, locks and swinghandles on serial buses and at a broker, and people who use them.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Program {
    #[command(subcommand)]
    task: Option<Task>,
    #[command(flatten)]
    site: Option<SiteArgs>,
}

#[derive(Debug, Args)]
struct SiteArgs {
    /// The world file.
    #[arg(long, value_name = "FILE")]
    world: PathBuf,
    /// Let nobody walk by themselves.
    #[arg(long)]
    still: bool,
    /// Seed of everything people do by themselves.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Listen for control requests at this Unix socket.
    #[arg(long, value_name = "SOCKET")]
    control: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Redeem a one-time code for the key and certificate of one handle.
    Enrol(EnrolArgs),
}

#[derive(Debug, Args)]
struct EnrolArgs {
    /// The code, as it was printed.
    #[arg(long, value_name = "CODE")]
    code: String,
    /// The directory to keep key, certificate and what else the site gives.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Host name or address of the daemon, as its certificate names it.
    #[arg(long, value_name = "HOST")]
    host: String,
    /// Port at which it enrols.
    #[arg(long, value_name = "PORT")]
    port: u16,
    /// The site.
    #[arg(long, value_name = "SITE")]
    site: String,
    /// The device.
    #[arg(long, value_name = "NAME")]
    device: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match perform().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("firmware-sim: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn perform() -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
    let Program { task, site } = Program::parse();
    match (task, site) {
        (Some(Task::Enrol(args)), _) => redeem(args).await,
        (None, Some(args)) => simulate(args).await,
        (None, None) => bail!("give --world FILE, or `enrol`; `firmware-sim --help` says more"),
    }
}

async fn simulate(args: SiteArgs) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(&args.world).with_context(|| format!("reading {}", args.world.display()))?;
    let world = WorldConfig::parse(&text).with_context(|| format!("in {}", args.world.display()))?;
    let options = Options { still: args.still, seed: args.seed, control: args.control, ready: None };
    run(world, options, stop_signal()).await.context("running the simulated site")
}

async fn redeem(args: EnrolArgs) -> anyhow::Result<()> {
    let code = Code::parse(&args.code)?;
    let desk = Desk {
        host: args.host,
        port: args.port,
        site: SiteId::parse(&args.site)?,
        device: DeviceId::parse(&args.device)?,
    };
    let home = IdentityDir::new(&args.to);
    if home.load()?.is_some() {
        bail!("{} holds an identity already; remove it to enrol anew", args.to.display());
    }
    let identity = enrol(&desk, &code).await?;
    home.store(&identity)?;
    println!("{} is enrolled; its identity is in {}", desk.device, args.to.display());
    Ok(())
}

/// Resolves at Ctrl-C, and at SIGTERM where there is one.
async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => _ = interrupt.await,
    }
}
