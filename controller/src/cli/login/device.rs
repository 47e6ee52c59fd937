//! Being let in by an operator at the console (RFC 8628): the daemon gives a code, somebody types it there, and this program
//! asks every few seconds whether they have. It opens nothing by itself: where it runs there may be no browser, or the wrong
//! one. What the token may do is chosen there.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use rackward_dashboard::wire::request::{BeginDevice, FetchDevice};
use serde_json::Value;
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::cli::client::{Client, Target};
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::safe;

/// By how much longer to wait after a question that came too soon (RFC 8628, clause 3.5).
const SLOWER_BY: Duration = Duration::from_secs(5);

/// The longest wait between two questions while the daemon is away (clause 3.5 asks for an exponential backoff).
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How often the time that is left is told.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// Where the operator goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// To the console, by any way of signing in.
    Console,
    /// Straight to the outside provider.
    Provider,
}

/// The codes, as the daemon gave them.
struct Code {
    device: Zeroizing<String>,
    user: String,
    page: String,
    whole: String,
    lasts: Duration,
    every: Duration,
}

/// Asks to be let in, and waits for it; gives the token.
///
/// # Errors
/// The daemon does not answer, an operator said no, nobody decided in time, or `patience` was shorter.
pub(super) async fn be_let_in(
    client: &Client,
    way: Way,
    patience: Option<Duration>,
) -> Result<Zeroizing<String>, Failure> {
    let code = ask(client, way).await?;
    let began = Instant::now();
    tell(&code, way);
    let lasts = patience.map_or(code.lasts, |patience| patience.min(code.lasts));
    let progress = Progress::begin(began + lasts);
    let waiting = wait(client, &code);
    let told = tokio::select! {
        told = waiting => told,
        () = progress.tell() => Err(not_in_time(patience, code.lasts)),
    };
    progress.end();
    told
}

async fn ask(client: &Client, way: Way) -> Result<Code, Failure> {
    let way = match way {
        Way::Console => "console",
        Way::Provider => "provider",
    };
    let wanted = BeginDevice { client_name: Some(own_name()), way: Some(way.to_owned()) };
    let asked = client.question(&Target::new(&["sessions", "device"]), &wanted).await;
    let code = asked.map_err(|failure| {
        let help = "this daemon is too old for it; sign in with --password, or with a token: --token-file PATH";
        failure.helped_instead("not-found", help)
    })?;
    read(&code).ok_or_else(|| client.unreachable("it gave no code that can be shown"))
}

/// How this program calls itself to whoever lets it in: with the machine's name, where the kernel tells it (proc(5)).
fn own_name() -> String {
    match std::fs::read_to_string("/proc/sys/kernel/hostname") {
        Ok(machine) => format!("rackward on {}", machine.trim()),
        Err(_) => "rackward".to_owned(),
    }
}

fn read(code: &Value) -> Option<Code> {
    let text = |name: &str| Some(code.get(name)?.as_str()?.to_owned());
    let seconds = |name: &str| Some(Duration::from_secs(code.get(name)?.as_u64()?));
    Some(Code {
        device: text("device_code")?.into(),
        user: text("user_code")?,
        page: text("verification_uri")?,
        whole: text("verification_uri_complete")?,
        lasts: seconds("expires_in")?,
        every: seconds("interval").unwrap_or(SLOWER_BY),
    })
}

fn tell(code: &Code, way: Way) {
    let (user, page, whole) = (safe(&code.user), safe(&code.page), safe(&code.whole));
    let minutes = code.lasts.as_secs() / 60;
    match way {
        Way::Console => {
            eprintln!("Open      {page}");
            eprintln!("and type  {user}");
            eprintln!("or open   {whole}");
        }
        Way::Provider => {
            eprintln!("Open           {whole}");
            eprintln!("and look for   {user}");
        }
    }
    eprintln!(
        "The code counts for {minutes} min. Whoever lets it in says what it may do; this program goes on by itself."
    );
}

/// Asks until somebody has decided.
async fn wait(client: &Client, code: &Code) -> Result<Zeroizing<String>, Failure> {
    let target = Target::new(&["sessions", "device", "token"]);
    let wanted = FetchDevice { device_code: code.device.to_string(), grant_type: None };
    let mut every = code.every;
    let mut pause = every;
    loop {
        tokio::time::sleep(pause).await;
        match client.question(&target, &wanted).await {
            Ok(told) => {
                let token = told.get("access_token").and_then(Value::as_str).filter(|token| !token.is_empty());
                let token = token.map(|token| Zeroizing::new(token.to_owned()));
                return token.ok_or_else(|| client.unreachable("it let this program in and gave no token"));
            }
            Err(failure) if failure.is("authorization-pending") => pause = every,
            Err(failure) if failure.is("slow-down") => {
                every += SLOWER_BY;
                pause = every;
            }
            // Whoever decides does not wait for the line to come back.
            Err(failure) if failure.passes() => pause = (pause * 2).min(LONGEST_WAIT),
            Err(failure) => {
                let help = "begin again with the same line";
                return Err(failure.helped_with("expired-token", help).helped_with("invalid-grant", help));
            }
        }
    }
}

fn not_in_time(patience: Option<Duration>, lasts: Duration) -> Failure {
    let seconds = patience.unwrap_or(lasts).as_secs();
    let detail = format!("nobody let this program in within {seconds} s, and nothing was kept here");
    let help = "begin again with the same line; --timeout says for how long to wait, ten minutes at most";
    Failure::new(Exit::Cancelled, "not-in-time", "nobody is signed in", detail, help)
}

/// The time that is left, told on one line of a terminal, and nowhere else.
struct Progress {
    until: Instant,
    is_told: bool,
}

impl Progress {
    fn begin(until: Instant) -> Self {
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        Self { until, is_told: std::io::stderr().is_terminal() && !is_dumb }
    }

    /// Tells it until the time is over.
    async fn tell(&self) {
        while Instant::now() < self.until {
            let left = self.until.saturating_duration_since(Instant::now()).as_secs();
            if self.is_told {
                self.write(&format!("Waiting, {}:{:02} left", left / 60, left % 60));
            }
            tokio::time::sleep_until(self.until.min(Instant::now() + TELL_EVERY)).await;
        }
    }

    /// Takes the line away.
    fn end(&self) {
        if self.is_told {
            self.write(&" ".repeat(24));
            self.write("");
        }
    }

    fn write(&self, words: &str) {
        let mut stream = std::io::stderr();
        // A terminal that is gone is told nothing.
        let _ = write!(stream, "\r{words}").and_then(|()| stream.flush());
    }
}
