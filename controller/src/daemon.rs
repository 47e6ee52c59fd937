//! Puts the daemon together: store, engine, drivers, API, each where it belongs, and takes them apart again in order. It
//! decides nothing; the loop that runs it all is `run.rs`.

mod first_sign_in;
mod gateway;
mod room;
mod storage_dir;

use std::collections::HashMap;
use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;
use rackward_core::engine::command::{OperatorCommand, Scope};
use rackward_core::engine::preconditions::Preconditions;
use rackward_core::engine::query::{JournalHealth, Page};
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::records::Records;
use rackward_core::{Caller, Command, CommandError, Engine, Query, Reply, Site, id::Seq};
use rackward_dashboard::proofs::Proofs as _;
use rackward_dashboard::{
    Backend as _, Origin, RateLimits, Sessions, attend, router_within, serve_tcp, serve_tls, serve_unix,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::{broadcast, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::account::Accounts;
use crate::alerts::{self, Lookout};
use crate::answers::Answers;
use crate::backend::{Attestation, DaemonBackend, Enrolment, HandedIn};
use crate::cli::JournalPlace;
use crate::clock;
use crate::config::{ClientAuthority, Config, ConsoleTls};
use crate::cursor::{Cursors, Positions};
use crate::drivers::publications::{self, Teller};
use crate::drivers::{self, Admissions, Drivers, MqttIdentity, Publications};
use crate::log;
use crate::operators::{Means, Operators, OperatorsKey, Provider, SessionFile};
use crate::past::Historian;
use crate::pin::{PinWorker, Pins};
use crate::pki::{Authority, ClientAuthorities};
use crate::run::{Inbox, LIVE_EVENTS, Loop, Published, Pulse, Wanted};
use crate::search::{SearchIndex, Searcher, open_paging_key};
use crate::secrets::{SiteKey, Vault};
use crate::store::{Loaded, Reader, Store, verify};
use crate::supervisor::Supervisor;
use crate::webhooks::Webhooks;
use gateway::{Gateway, Tls, client_authorities};

/// The local socket's name inside the storage directory.
pub const SOCKET_FILE: &str = "rackward.sock";

/// How long drivers may take to end: they finish what is on the wire. A stuck one must not keep the daemon from ending.
const DRIVERS_END: Duration = Duration::from_secs(5);

/// Sent by the kernel when a file reaches the process's limit; the number is the same on every Linux but MIPS.
const SIGXFSZ: i32 = 25;

/// A running daemon.
#[derive(Debug)]
pub struct Daemon {
    /// The daemon as its API sees it.
    pub backend: Arc<DaemonBackend>,
    /// Who is signed in.
    pub sessions: Arc<Sessions>,
    /// Where the console listens.
    pub http: SocketAddr,
    shutdown: CancellationToken,
    /// Ends the loop, after everybody who reports to it has ended.
    last_turn: CancellationToken,
    /// Cancelled when the loop has ended, for whatever reason.
    engine_ended: CancellationToken,
    tasks: TaskTracker,
    engine: JoinHandle<()>,
    api: JoinHandle<()>,
    socket: PathBuf,
    supervisor: Supervisor,
}

/// Runs the daemon of a site file until SIGINT or SIGTERM.
///
/// # Errors
/// Whatever keeps it from starting, with what to do.
pub fn run(site_file: &Path) -> anyhow::Result<()> {
    // The broker's own messages at this level tell of each connection twice and of its settings in other words than ours.
    log::begin("info,mqtt5=warn");
    let config = Config::read(site_file)?;
    open_files_as_many_as_may_be();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        // A file that may not grow further is an error to report, not a reason to die: listening keeps SIGXFSZ from killing.
        let _file_size_limit = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::from_raw(SIGXFSZ))?;
        let daemon = Daemon::start(config).await?;
        tracing::info!(http = %daemon.http, "ready");
        if daemon.has_no_operators() {
            let by_hand = std::io::stderr().is_terminal();
            first_sign_in::tell(&daemon, by_hand.then_some(|words: &str| eprintln!("{words}"))).await;
        }
        let ended = daemon.until_stopped(stop_signal()).await;
        tracing::info!("stopping");
        daemon.stop().await.and(ended)
    })
}

/// Checks a journal: its chain, and that replaying it gives the tables.
///
/// # Errors
/// What is wrong, by sequence number.
pub fn verify(place: &JournalPlace) -> anyhow::Result<verify::Verified> {
    let dir = match place {
        JournalPlace::OfSiteFile(file) => Config::read(file)?.dir,
        JournalPlace::InDirectory(dir) => dir.clone(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(verify::journal(&dir))?)
}

/// Systems allow few open files at first, for the sake of programs that cannot do with more, and more to whoever asks.
fn open_files_as_many_as_may_be() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }) {
        tracing::warn!(%error, files = limit.current, "the limit of open files stays as it is");
    }
}

/// Waits for SIGINT or SIGTERM.
///
/// # Errors
/// The signals cannot be listened to.
pub async fn stop_signal() -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    Ok(())
}

impl Daemon {
    /// Starts everything: the journal is checked, the site compared with it, then drivers, loop and API begin. What is
    /// damaged in the journal or the tables keeps nothing from starting: the engine is told. Must be called on a
    /// multi-threaded runtime, which carries the drivers.
    ///
    /// # Errors
    /// Whatever keeps it from starting; nothing is left running then but what ends with the process.
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        Self::start_with(config, |_| Ok(Vec::new())).await
    }

    /// The same, with commands that the engine gets before anything that a device or an operator can say; nobody hears how
    /// they end.
    ///
    /// # Errors
    /// As [`Self::start`], or what `first` fails with.
    pub async fn start_with(
        config: Config,
        first: impl FnOnce(&Site) -> anyhow::Result<Vec<(Caller, Command)>>,
    ) -> anyhow::Result<Self> {
        storage_dir::make(&config.dir)?;
        let supervisor = Supervisor::of_environment();
        let (store, mut loaded) = Store::open(&config.dir).await?;
        let site_key = Arc::new(SiteKey::open(&config.dir, enrolled(&loaded))?);
        let (site, gate) = (build_site(&config, &loaded)?, Gateway::open(&config)?);
        let (authority, clients) = open_authorities(&config, &site, &loaded.records)?;
        let operators = open_operators(&config, &mut loaded, site.name(), &gate.address, clients.clone())?;
        let (published, pulse) = (published(&loaded, operators), pulse(&loaded, supervisor.clone()));
        let (tasks, inbox, [shutdown, last_turn, engine_ended]) = (TaskTracker::new(), Inbox::new(), <_>::default());
        put_first(&inbox, first(&site)?)?;
        let tls = gate.tls(&config, authority.as_ref(), clients.as_ref())?;
        let identity = open_identity(&config, &site, &loaded.records, &inbox, &site_key, authority.clone());
        let mut drivers = start_drivers(&config, &site, &inbox, &site_key, identity, &shutdown, &tasks).await?;
        let outlet = drivers.take_outlet().map(|outlet| (outlet, publications::gone(&loaded.records.places, &site)));
        let (broker, pins, pin_worker) =
            (drivers.broker_address(), Pins::from(std::mem::take(&mut loaded.pins)), PinWorker::new());
        let cursors = Cursors::new(Positions::in_dir(&config.dir), published.head.subscribe(), clock::now);
        let backend = Arc::new(DaemonBackend {
            searcher: start_search(&config.dir, &cursors, store.reader(), &site, &shutdown, &tasks)?,
            historian: Historian::start(&config.dir, &cursors, store.reader(), &site, &shutdown, &tasks),
            paging_key: open_paging_key(&config.dir).context("the system gave no random bytes for page cursors")?,
            site: Arc::new(site.clone()),
            site_key: Arc::clone(&site_key),
            wanted: inbox.wanted(),
            reader: store.reader(),
            published: published.clone(),
            pins: pins.clone(),
            pin_worker: pin_worker.clone(),
            handed_in: HandedIn::in_dir(&config.dir, config.trusted_keys.clone()),
            buses: drivers.buses().to_vec(),
            broker: drivers.broker_link(),
            answers: Answers::in_dir(&config.dir),
            accounts: Accounts::of(&config, authority.as_deref()),
            mqtt: authority.filter(|_| config.mqtt.is_some()).map(|own| Enrolment::new(own, &config, broker)),
            counters: Arc::clone(&pulse.counters),
            meter: Arc::default(),
            cursors: cursors.clone(),
            webhooks: webhooks(&config, &site, cursors, &inbox),
            cameras: crate::cameras::Cameras::new(&config.dir, &config.cameras, &site, inbox.wanted(), clock::now),
            attestation: Attestation::open(&config.dir, site.name()),
        });
        start_minding(&config, &backend, alerts::unheard(&loaded.records), (&tasks, &shutdown));
        start_telling(&config, &backend, outlet, &tasks, &shutdown);
        let stills = backend.cameras.as_ref().map(|cameras| cameras.start(&tasks, &shutdown));
        let loop_ = Loop::new(restored(site, loaded), store, drivers, pins, pin_worker, published);
        let loop_ = loop_.with_pulse(pulse).with_cameras(stills);
        let engine = start_engine(loop_, inbox, last_turn.clone(), engine_ended.clone())?;
        let api = Api::open(&config, Arc::clone(&backend), gate, tls)?;
        let (sessions, http, socket) = (Arc::clone(&api.sessions), api.http, api.socket.clone());
        let api = api.start(shutdown.clone())?;
        tasks.close();
        supervisor.ready();
        Ok(Self { supervisor, backend, sessions, http, shutdown, last_turn, engine_ended, tasks, engine, api, socket })
    }

    /// Waits for `stop`, or for the loop to end by itself, which it never should: a daemon whose doors are dead must not
    /// look alive.
    ///
    /// # Errors
    /// The loop ended, or `stop` failed.
    pub async fn until_stopped(&self, stop: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
        tokio::select! {
            stopped = stop => stopped,
            () = self.engine_ended.cancelled() => {
                anyhow::bail!("the engine ended by itself, so no door works; its last words are in the log, restart the daemon")
            }
        }
    }

    /// Stops the loop last, so that everything that was under way is recorded.
    ///
    /// # Errors
    /// A part of the daemon did not end in good order.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.supervisor.stopping();
        self.shutdown.cancel();
        if tokio::time::timeout(DRIVERS_END, self.tasks.wait()).await.is_err() {
            tracing::error!("a driver did not end in time; it ends with the process");
        }
        self.last_turn.cancel();
        let (engine, api, socket) = (self.engine, self.api, self.socket);
        let joined = tokio::task::spawn_blocking(move || (engine.join(), api.join())).await?;
        // The socket may be gone already; that is what is wanted.
        let _ = std::fs::remove_file(socket);
        match joined {
            (Ok(()), Ok(())) => Ok(()),
            _ => anyhow::bail!("a part of the daemon did not end in good order; see the log"),
        }
    }

    /// Whether nobody can sign in yet.
    pub fn has_no_operators(&self) -> bool {
        self.backend.published.operators.operators().is_empty()
    }

    /// Gives a command about operators, as the daemon itself.
    ///
    /// # Errors
    /// The engine's.
    pub async fn tell(&self, command: OperatorCommand) -> Result<Reply, CommandError> {
        let caller = Caller::new(Actor::System, OperatorRole::Admin, Scope::Site);
        self.backend.submit(caller, Command::Operator(command)).await
    }

    /// Whether the journal knows nobody yet.
    pub async fn is_fresh(&self) -> bool {
        let first = Query::People(Page { after: None, limit: 1 });
        let people = self.backend.ask(Scope::Site, first).await;
        matches!(people, Ok(rackward_core::Answer::People(people)) if people.is_empty())
    }
}

/// What the loop tells others of, as it stands at the start.
fn published(loaded: &Loaded, operators: Operators) -> Published {
    let names: HashMap<_, _> = loaded.names.iter().map(|(id, name)| (*id, name.reveal().to_owned())).collect();
    let keys = loaded.person_keys.iter().map(|(id, key)| (*id, key.reveal().to_owned()));
    Published {
        person_keys: Arc::new(RwLock::new(keys.collect())),
        head: watch::Sender::new(loaded.head.seq),
        health: watch::Sender::new(JournalHealth::Writable),
        live: broadcast::Sender::new(LIVE_EVENTS),
        names: Arc::new(RwLock::new(names)),
        visitor_names: Arc::new(RwLock::new(loaded.visitor_names.clone().into_iter().collect())),
        operators,
    }
}

/// How many credentials were ever enrolled; one whose row is damaged was so all the same.
fn enrolled(loaded: &Loaded) -> usize {
    let damaged = loaded.damaged.iter().filter(|row| row.table == "credential").count();
    loaded.records.credentials.len() + damaged
}

/// What is measured of the loop, which has just verified the journal.
fn pulse(loaded: &Loaded, supervisor: Supervisor) -> Pulse {
    let pulse = Pulse { counters: Arc::default(), supervisor };
    if !loaded.damaged.iter().any(|row| row.table == "entry") {
        pulse.counters.verified(clock::now().wall);
    }
    pulse
}

/// The engine as the last run left it.
fn restored(site: Site, loaded: Loaded) -> Engine {
    let mut engine = Engine::new(site, loaded.records, &loaded.damaged, env!("CARGO_PKG_VERSION"), clock::now());
    engine.know_operator_names(loaded.operator_names);
    engine
}

fn build_site(config: &Config, loaded: &Loaded) -> anyhow::Result<Site> {
    config.draft.build(&loaded.records.places).map_err(|problems| {
        let list: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
        anyhow::anyhow!("the site does not fit together: {}", list.join("; "))
    })
}

/// Starts what looks after the storage directory (answers kept for repetitions, the room left), and after alerts.
fn start_minding(config: &Config, backend: &DaemonBackend, unheard: Seq, ends: (&TaskTracker, &CancellationToken)) {
    let (tasks, shutdown) = ends;
    Lookout::start(unheard, backend, shutdown, tasks);
    tasks.spawn(backend.answers.clone().attend(shutdown.clone()));
    tasks.spawn(room::watch(config.dir.clone(), backend.wanted.clone(), shutdown.clone()));
}

/// Starts what tells others of the journal: webhooks, and publications over MQTT.
fn start_telling(
    config: &Config,
    backend: &Arc<DaemonBackend>,
    outlet: Option<(publications::Outlet, Vec<publications::Gone>)>,
    tasks: &TaskTracker,
    shutdown: &CancellationToken,
) {
    backend.webhooks.start(&backend.reader, tasks, shutdown);
    if let Some((outlet, gone)) = outlet {
        let finds_home = config.mqtt.as_ref().is_some_and(|mqtt| mqtt.publications == Publications::HomeAssistant);
        tasks.spawn(Teller::new(outlet, Arc::clone(backend), finds_home, gone).run(shutdown.clone()));
    }
}

/// Commands that the engine is given before any device can be heard.
fn put_first(inbox: &Inbox, commands: Vec<(Caller, Command)>) -> anyhow::Result<()> {
    for (caller, command) in commands {
        let (reply, _) = oneshot::channel();
        inbox
            .wanted()
            .try_send(Wanted::Command { caller, command, preconditions: Preconditions::default(), reply })
            .context("too many first commands")?;
    }
    Ok(())
}

/// Those who are told over HTTP what happens. What is wrong with what is kept of them keeps nothing from starting.
fn webhooks(config: &Config, site: &Site, cursors: Cursors, inbox: &Inbox) -> Webhooks {
    let (settings, site) = (config.webhooks.clone(), Arc::new(site.clone()));
    Webhooks::new(&config.dir, settings, site, cursors, inbox.wanted(), clock::now)
}

/// The vault with the keys of all devices. What is wrong with it keeps nothing from starting: the devices that it concerns
/// stay offline, which is alarmed.
fn open_vault(config: &Config, site_key: &SiteKey) -> Vault {
    let vault = Vault::open(&config.dir, site_key);
    if let Some(trouble) = vault.trouble() {
        tracing::error!(%trouble, "the devices' keys cannot be used");
    }
    for refused in vault.import(&config.keys_in_files()) {
        tracing::error!(error = %refused, "the key in a device's key_file was not taken");
    }
    vault
}

/// The site's authority, where anything rests on it: devices that come by MQTT, the console's own certificate, or those that
/// clients show; and whose certificates those are.
fn open_authorities(config: &Config, site: &Site, records: &Records) -> anyhow::Result<Authorities> {
    let has_clients = config.console.client_authority == Some(ClientAuthority::Site);
    let authority = if config.mqtt.is_some() || config.console.tls == ConsoleTls::Own || has_clients {
        let holding = records.certificates.values().filter(|record| record.counting().next().is_some()).count();
        Some(Arc::new(Authority::open(&config.dir, site.name(), holding, clock::now().wall)?))
    } else {
        None
    };
    let clients = client_authorities(config, authority.as_ref());
    Ok((authority, clients))
}

/// The site's own authority, and those whose certificates clients may show.
type Authorities = (Option<Arc<Authority>>, Option<Arc<ClientAuthorities>>);

/// Operators with what proves them. Without their key what is sealed under it does not work, and everything else does.
fn open_operators(
    config: &Config,
    loaded: &mut Loaded,
    site: &str,
    console: &str,
    clients: Option<Arc<ClientAuthorities>>,
) -> anyhow::Result<Operators> {
    let secrets = std::mem::take(&mut loaded.secrets);
    let key = OperatorsKey::open(&config.dir, !secrets.is_empty());
    let key = key.map_err(|error| tracing::error!(%error, "codes of apps and recovery codes do not work")).ok();
    let provider = Provider::new(config.provider.clone(), console)?;
    let means = Means { key, console: console.to_owned(), site: site.to_owned(), provider, clients };
    Ok(Operators::new(&loaded.records, loaded.operator_names.clone(), secrets, means, clock::now))
}

/// What proves MQTT devices, with the certificates that count already: a device that comes before the engine has spoken is
/// not taken for one whose certificate was revoked. None without an MQTT side.
fn open_identity(
    config: &Config,
    site: &Site,
    records: &Records,
    inbox: &Inbox,
    site_key: &SiteKey,
    authority: Option<Arc<Authority>>,
) -> Option<MqttIdentity> {
    let (mqtt, authority) = (config.mqtt.as_ref()?, authority?);
    let (admissions, arrivals) = Admissions::new(config.mqtt_device_names());
    for (id, record) in &records.certificates {
        if let Some(device) = site.device(*id) {
            let counting: Vec<_> = record.counting().map(|certificate| certificate.serial).collect();
            admissions.set(&device.name, &counting);
        }
    }
    Some(MqttIdentity {
        authority,
        admissions,
        arrivals,
        certificate_life: mqtt.certificate_life,
        card_key: site_key.card_key(),
        engine: inbox.wanted(),
    })
}

async fn start_drivers(
    config: &Config,
    site: &Site,
    inbox: &Inbox,
    site_key: &Arc<SiteKey>,
    identity: Option<MqttIdentity>,
    shutdown: &CancellationToken,
    tasks: &TaskTracker,
) -> anyhow::Result<Drivers> {
    let settings = config.driver_settings(site, open_vault(config, site_key), identity)?;
    let key = Arc::clone(site_key);
    let card_key: drivers::CardKey = Arc::new(move |bit_count, data| key.credential_key(bit_count, data));
    let drivers = drivers::start(settings, inbox.reports(), card_key, clock::now, shutdown.clone(), tasks).await?;
    Ok(drivers)
}

/// The cursor that fills the search index, and what searches in it. Whatever is wrong with the index keeps no door waiting.
fn start_search(
    dir: &Path,
    cursors: &Cursors,
    journal: Reader,
    site: &Site,
    shutdown: &CancellationToken,
    tasks: &TaskTracker,
) -> anyhow::Result<Searcher> {
    let (index, name) =
        (SearchIndex::in_dir(dir), SearchIndex::cursor_name().context("the search cursor has no name")?);
    let filler = index.filler(Arc::new(site.clone()));
    tasks.spawn(cursors.follow(name.clone(), journal.clone(), filler, shutdown.clone()));
    Ok(Searcher::new(index, journal, cursors.watch(&name)))
}

/// The loop gets a thread of its own: nothing that a browser or a device does can keep it from running.
fn start_engine(
    loop_: Loop,
    inbox: Inbox,
    last_turn: CancellationToken,
    ended: CancellationToken,
) -> anyhow::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let thread = std::thread::Builder::new().name("engine".into());
    let spawned = thread.spawn(move || {
        let _tell_when_gone = ended.drop_guard();
        runtime.block_on(loop_.run(inbox, last_turn));
    });
    Ok(spawned?)
}

/// The API on a runtime of its own, bound but not yet serving.
struct Api {
    backend: Arc<DaemonBackend>,
    sessions: Arc<Sessions>,
    limits: Arc<RateLimits>,
    http: SocketAddr,
    socket: PathBuf,
    tcp: std::net::TcpListener,
    tls: Tls,
    unix: std::os::unix::net::UnixListener,
}

impl Api {
    fn open(config: &Config, backend: Arc<DaemonBackend>, gate: Gateway, tls: Tls) -> anyhow::Result<Self> {
        let socket = config.dir.join(SOCKET_FILE);
        // Whatever lies there is of a daemon that was killed: the store's ownership says that none is running.
        let _ = std::fs::remove_file(&socket);
        let unix = std::os::unix::net::UnixListener::bind(&socket)
            .with_context(|| format!("cannot make the local socket {}", socket.display()))?;
        std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o600))?;
        unix.set_nonblocking(true)?;
        let file = SessionFile::new(&config.dir);
        let kept = file.read();
        let sessions = Sessions::new(gate.address).reached_by(config.console.hosts());
        let sessions = sessions.kept(config.console.idle_time, Arc::new(file), &kept, clock::now());
        let (tcp, http) = (gate.listener, gate.bound);
        let limits = Arc::new(RateLimits::times(config.console.allowances));
        Ok(Self { backend, sessions: Arc::new(sessions), limits, http, socket, tcp, tls, unix })
    }

    fn start(self, closing: CancellationToken) -> anyhow::Result<JoinHandle<()>> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let thread = std::thread::Builder::new().name("api".into());
        let spawned = thread.spawn(move || {
            if let Err(error) = runtime.block_on(self.serve(closing.clone())) {
                tracing::error!(%error, "the API ended; doors go on");
            }
            // Streams of browsers that do not read must not hold the daemon back.
            runtime.shutdown_background();
        });
        Ok(spawned?)
    }

    async fn serve(self, closing: CancellationToken) -> std::io::Result<()> {
        let tcp = tokio::net::TcpListener::from_std(self.tcp)?;
        let unix = tokio::net::UnixListener::from_std(self.unix)?;
        let router = |origin| router_within(self.limits.clone(), self.backend.clone(), self.sessions.clone(), origin);
        let (browser, local) = (router(Origin::Browser), router(Origin::LocalSocket));
        let attended = attend(self.backend, self.sessions, closing.clone());
        let stopping = closing.clone();
        let browsers = async move {
            match self.tls {
                Tls::None => serve_tcp(tcp, browser, stopping).await,
                Tls::Own(tls) => serve_tls(tcp, tls, browser, stopping).await,
                Tls::Given(tls, given) => {
                    let followed = given.follow(stopping.clone());
                    tokio::join!(serve_tls(tcp, tls, browser, stopping), followed).0
                }
            }
        };
        let attended = async {
            attended.await;
            std::io::Result::Ok(())
        };
        tokio::try_join!(browsers, serve_unix(unix, local, closing), attended)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
