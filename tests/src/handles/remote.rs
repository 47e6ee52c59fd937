//! A crowd of handles in a process of its own, so that what it takes of the machine is told apart from what is measured: it
//! reads one word and its arguments a line, and answers each with one line.
//!
//! | asked | answered |
//! |---|---|
//! | `enrol ENDPOINT COUNT`, then `COUNT` lines `NUMBER CODE` | `done MILLIS` |
//! | `power EACH_SECOND` | `done MILLIS` when all are connected |
//! | `up COUNT SECONDS` | `done MILLIS` when so many are connected and nobody is missing |
//! | `again SECONDS` | `done MILLIS` when every handle has connected once more than before |
//! | `hold GENERATION COUNT SECONDS` | `done MILLIS` when so many hold that generation or a later one |
//! | `present FIRST COUNT EACH_SECOND` | `done MILLIS` when each of these was shown a card of its own |
//! | `when` | `when MICROS...` since 1970 at which each card of the last `present` was shown |
//! | `badge ROUNDS` | `spans NANOS...` from card to release, one handle after the other |
//! | `confirm ROUNDS` | `spans NANOS...` from message to confirmation, likewise |
//! | `reconnect ROUNDS` | `spans NANOS...` from the first byte to the subscription, likewise |
//! | `told` | `told CARDS RECORDS REFUSALS REASON` |
//!
//! `failed WHY` answers what could not be done.

use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rackward_protocol::mqtt::CardRead;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::sync::mpsc;

use super::crowd::Crowd;
use super::handle::Act;

/// The first argument of a process that is a crowd.
pub const WORD: &str = "--handles";
/// How long a handle rests at least between its turns: it says three things in one, and may say twenty in a second.
const TURN_REST: Duration = Duration::from_millis(200);
/// Lines that wait until the last is answered; codes come many at once, and their sender waits.
const WAITING_LIMIT_LINES: usize = 64;
/// How long one measured thing may take.
const MEASURE_LIMIT: Duration = Duration::from_secs(60);

/// The 26-bit card of a person: facility 7 and this number, with its two parity bits.
///
/// # Panics
/// Never: 26 bits make a card.
pub fn card(number: u16) -> CardRead {
    let field = (7u32 << 16) | u32::from(number);
    let even = (field >> 12).count_ones() & 1;
    let odd = ((field & 0xFFF).count_ones() & 1) ^ 1;
    let bits = ((even << 25) | (field << 1) | odd) << 6;
    CardRead::new(26, &bits.to_be_bytes()).expect("26 bits")
}

/// Runs a crowd until standard input ends: `BROKER AUTHORITY_FILE COUNT` are its arguments.
///
/// # Errors
/// Standard input or output fails, or an argument is none.
pub async fn serve(args: &[String]) -> io::Result<()> {
    let [broker, authority, handles] = args else { return Err(io::ErrorKind::InvalidInput.into()) };
    let invalid = |error: &dyn std::fmt::Display| io::Error::new(io::ErrorKind::InvalidInput, error.to_string());
    let broker: SocketAddr = broker.parse().map_err(|error| invalid(&error))?;
    let handles: usize = handles.parse().map_err(|error| invalid(&error))?;
    let authority = CertificateDer::from_pem_file(authority).map_err(|error| invalid(&error))?;
    let mut crowd = Crowd::new(broker, &authority, handles);
    let mut shown = Vec::new();
    let mut lines = hear_lines();
    while let Some(line) = lines.recv().await {
        let words: Vec<&str> = line.split_whitespace().collect();
        let answer = match words.as_slice() {
            ["enrol", endpoint, count] => {
                let count = count.parse().unwrap_or(0);
                let codes = code_lines(&mut lines, count).await;
                let began = Instant::now();
                match endpoint.parse() {
                    Ok(endpoint) => match crowd.enrol(endpoint, codes).await {
                        Ok(()) => done(began),
                        Err(error) => format!("failed {error}"),
                    },
                    Err(error) => format!("failed {error}"),
                }
            }
            ["present", first, count, each_second] => {
                let asked = [first, count, each_second].map(|word| word.parse().unwrap_or(0));
                present(&crowd, handles, asked, &mut shown).await
            }
            ["when"] => format!("when {}", shown.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")),
            words => answer(&mut crowd, handles, words).await,
        };
        println!("{answer}");
        io::stdout().flush()?;
    }
    Ok(())
}

/// What comes on standard input, read by a thread of its own: while nobody asks for anything, the handles live on.
fn hear_lines() -> mpsc::Receiver<String> {
    let (tell, heard) = mpsc::channel(WAITING_LIMIT_LINES);
    std::thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            if tell.blocking_send(line).is_err() {
                return;
            }
        }
    });
    heard
}

async fn code_lines(lines: &mut mpsc::Receiver<String>, count: usize) -> Vec<(usize, String)> {
    let mut codes = Vec::new();
    for _ in 0..count {
        codes.extend(lines.recv().await.and_then(code_line));
    }
    codes
}

fn code_line(line: String) -> Option<(usize, String)> {
    let (number, code) = line.split_once(' ')?;
    Some((number.parse().ok()?, code.to_owned()))
}

fn done(began: Instant) -> String {
    format!("done {}", began.elapsed().as_millis())
}

/// Shows cards that nobody has at a steady rate, whatever each takes, and notes when each was shown.
async fn present(crowd: &Crowd, handles: usize, [first, count, each_second]: [u64; 3], shown: &mut Vec<u64>) -> String {
    let began = Instant::now();
    let before = crowd.told().0;
    let mut ticks =
        tokio::time::interval(Duration::from_secs(1) / u32::try_from(each_second.max(1)).unwrap_or(u32::MAX));
    shown.clear();
    for at in 0..count {
        ticks.tick().await;
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        shown.push(u64::try_from(since.as_micros()).unwrap_or(u64::MAX));
        crowd.present((first + at) as usize % handles, card(60_000 + (at % 5_000) as u16)).await;
    }
    let all = crowd.wait(MEASURE_LIMIT, |crowd| crowd.told().0 >= before + count).await;
    if all { done(began) } else { format!("failed {} of {count} cards told", crowd.told().0 - before) }
}

async fn answer(crowd: &mut Crowd, handles: usize, words: &[&str]) -> String {
    let number = |at: usize| words.get(at).and_then(|word| word.parse::<u64>().ok()).unwrap_or(0);
    let began = Instant::now();
    let seconds = |at: usize| Duration::from_secs(number(at));
    let late = |crowd: &Crowd| format!("failed {} of {handles} connected, {:?}", crowd.up(), crowd.refusals());
    match words.first().copied().unwrap_or_default() {
        "power" => {
            crowd.power(number(1) as u32).await;
            let all = crowd.wait(Duration::from_secs(300), |crowd| crowd.up() >= handles).await;
            if all { done(began) } else { late(crowd) }
        }
        "up" => {
            let all = crowd.wait(seconds(2), |crowd| crowd.up() as u64 >= number(1)).await;
            if all { done(began) } else { late(crowd) }
        }
        "again" => {
            let before = crowd.connections();
            let wanted = before + handles as u64;
            let is_back = |crowd: &Crowd| crowd.connections() >= wanted && crowd.up() >= handles;
            if crowd.wait(seconds(1), is_back).await {
                format!("done {}", crowd.last_connected().duration_since(began).as_millis())
            } else {
                late(crowd)
            }
        }
        "hold" => {
            let all = crowd.wait(seconds(3), |crowd| crowd.holding(number(1)) as u64 >= number(2)).await;
            if all { done(began) } else { format!("failed {} hold it", crowd.holding(number(1))) }
        }
        "badge" => measure(crowd, number(1), |_| Act::Present(card(1)), |crowd| crowd.measured().2).await,
        "confirm" => measure(crowd, number(1), |_| Act::Measure, |crowd| crowd.measured().1).await,
        "reconnect" => measure(crowd, number(1), |_| Act::Reconnect, |crowd| crowd.measured().0).await,
        "told" => {
            let ((cards, records), (refusals, reasons)) = (crowd.told(), crowd.refusals());
            format!("told {cards} {records} {refusals} {}", reasons.join("; "))
        }
        other => format!("failed no such word: {other}"),
    }
}

/// Asks one handle after the other for the same thing, one at a time, and takes what that took. Each rests between its turns,
/// because the daemon does not listen to one that says more than a person can cause.
async fn measure(
    crowd: &Crowd,
    rounds: u64,
    act: impl Fn(u64) -> Act,
    taken: impl Fn(&Crowd) -> usize + Copy,
) -> String {
    drop(crowd.take_spans());
    let handles = u32::try_from(crowd.up().max(1)).unwrap_or(u32::MAX);
    for round in 0..rounds {
        let before = taken(crowd);
        crowd.ask((round % u64::from(handles)) as usize, act(round)).await;
        if !crowd.wait(MEASURE_LIMIT, |crowd| taken(crowd) > before).await {
            return format!("failed {:?}, round {round}, took too long; refusals {:?}", act(round), crowd.refusals());
        }
        tokio::time::sleep(TURN_REST / handles).await;
    }
    let spans = crowd.take_spans();
    let spans = match act(0) {
        Act::Present(_) => spans.releases,
        Act::Measure => spans.confirmations,
        Act::Reconnect => spans.connects,
    };
    let nanos: Vec<String> = spans.iter().map(|span| span.as_nanos().to_string()).collect();
    format!("spans {}", nanos.join(" "))
}

/// A crowd in another process, as the benchmark holds it.
#[derive(Debug)]
pub struct Remote {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Remote {
    /// Starts this very program again as a crowd.
    ///
    /// # Errors
    /// The process cannot be started.
    pub fn start(broker: SocketAddr, authority: &std::path::Path, handles: usize) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(WORD).arg(broker.to_string()).arg(authority).arg(handles.to_string());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (to, from) = (child.stdin.take(), child.stdout.take());
        match (to, from) {
            (Some(to), Some(from)) => Ok(Self { child, to, from: BufReader::new(from) }),
            _ => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Asks for one thing and waits for its answer, without its first word.
    ///
    /// # Errors
    /// What could not be done, in the crowd's words.
    pub fn ask(&mut self, line: &str) -> io::Result<String> {
        self.begin(line)?;
        self.answer()
    }

    /// Asks without waiting.
    ///
    /// # Errors
    /// The process is gone.
    pub fn begin(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.to, "{line}")?;
        self.to.flush()
    }

    /// Waits for the answer to what was begun.
    ///
    /// # Errors
    /// What could not be done, in the crowd's words.
    pub fn answer(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.from.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match line.trim_end().split_once(' ') {
            Some(("failed", why)) => Err(io::Error::other(why.to_owned())),
            Some((_, rest)) => Ok(rest.to_owned()),
            None => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    /// Asks for something that takes time, and says how long.
    ///
    /// # Errors
    /// As [`Remote::ask`].
    pub fn time(&mut self, line: &str) -> io::Result<Duration> {
        let millis = self.ask(line)?.parse().map_err(io::Error::other)?;
        Ok(Duration::from_millis(millis))
    }

    /// Asks for spans, in microseconds.
    ///
    /// # Errors
    /// As [`Remote::ask`].
    pub fn spans(&mut self, line: &str) -> io::Result<Vec<f64>> {
        let nanos = self.ask(line)?;
        nanos
            .split_whitespace()
            .map(|span| span.parse::<f64>().map(|n| n / 1_000.0).map_err(io::Error::other))
            .collect()
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        // It may have ended already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
