//! The program `firmware-sim`: a simulated site in a process of its own.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use rackward_firmware_sim::{Options, WorldConfig, run};

/// Simulated readers, locks and swinghandles on serial buses and at a broker, and people who use them.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
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

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match simulate().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("firmware-sim: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn simulate() -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
    let args = Args::parse();
    let text = std::fs::read_to_string(&args.world).with_context(|| format!("reading {}", args.world.display()))?;
    let world = WorldConfig::parse(&text).with_context(|| format!("in {}", args.world.display()))?;
    let options = Options { still: args.still, seed: args.seed, control: args.control, ready: None };
    run(world, options, stop_signal()).await.context("running the simulated site")
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
