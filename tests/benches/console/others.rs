//! The other consoles of a control room: each follows the stream to its end and asks for the lists that the console's modules ask
//! for, as often as they do (`live.js`: at most twice a second, after an event that may have changed them). They draw nothing.

use std::error::Error;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::json;

use super::rig::Rig;

/// Tokens of one operator; more the daemon gives to nobody.
const TOKENS_EACH: usize = 20;
/// What a console asks for after an alarm changed, and how often at most.
const LISTS: [&str; 2] = ["alarms/counts", "status"];
const LIST_EVERY: Duration = Duration::from_millis(500);
/// What somebody may who watches.
const WATCHES: [&str; 5] = ["view_journal", "view_health", "view_alarms", "view_site", "view_people"];
/// No entry for so long, and a stream has ended.
const SILENCE_LIMIT: Duration = Duration::from_secs(60);

/// Consoles that follow.
pub(crate) struct Others {
    threads: Vec<JoinHandle<io::Result<(u64, u64)>>>,
    until: Arc<AtomicU64>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    lists: AtomicU64,
    refused: AtomicU64,
}

/// What all of them saw.
pub(crate) struct Followed {
    /// Entries that each saw, the fewest of all.
    pub(crate) entries: u64,
    /// Entries that were missing, or came twice, in any stream.
    pub(crate) wrong: u64,
    /// Lists that were asked for, and those that were refused.
    pub(crate) lists: u64,
    pub(crate) refused: u64,
}

impl Others {
    /// Opens so many, each with a token of its own.
    pub(crate) fn open(rig: &Rig, count: usize) -> Result<Self, Box<dyn Error>> {
        let address = console_address(rig)?;
        let until = Arc::new(AtomicU64::new(u64::MAX));
        let counts = Arc::new(Counts::default());
        let to_at = super::page::rfc3339_in(Duration::from_secs(86_400));
        let mut threads = Vec::new();
        for number in 0..count {
            let owner = format!("bench-{}", number / TOKENS_EACH);
            if number % TOKENS_EACH == 0 {
                rig.post("/operators", &json!({ "name": owner, "role": "security" }))?;
            }
            let wish = json!({ "owner": owner, "permissions": WATCHES, "to_at": to_at, "reason": "bench" });
            let made = rig.post("/tokens", &wish)?;
            let token = made["token"].as_str().ok_or_else(|| format!("no token in {made}"))?.to_owned();
            let (until, counts) = (Arc::clone(&until), Arc::clone(&counts));
            threads.push(std::thread::spawn(move || follow(address, &token, &until, &counts)));
        }
        Ok(Self { threads, until, counts })
    }

    /// Ends all of them once each has seen the entry `head`.
    pub(crate) fn end(self, head: u64) -> Result<Followed, Box<dyn Error>> {
        self.until.store(head, Ordering::Relaxed);
        let mut followed = Followed { entries: u64::MAX, wrong: 0, lists: 0, refused: 0 };
        for thread in self.threads {
            let (entries, wrong) = thread.join().map_err(|_| "a console panicked")??;
            followed.entries = followed.entries.min(entries);
            followed.wrong += wrong;
        }
        followed.lists = self.counts.lists.load(Ordering::Relaxed);
        followed.refused = self.counts.refused.load(Ordering::Relaxed);
        Ok(followed)
    }
}

fn console_address(rig: &Rig) -> Result<SocketAddr, Box<dyn Error>> {
    let status = rig.get("/status")?;
    let http = status["http"].as_str().ok_or("a status without an address")?;
    Ok(http.trim_start_matches("http://").parse()?)
}

/// Follows until the entry `until`; how many entries came, and how many did not come once and in order.
fn follow(address: SocketAddr, token: &str, until: &AtomicU64, counts: &Counts) -> io::Result<(u64, u64)> {
    let mut lines = BufReader::new(ask(address, token, "stream")?).lines();
    let (mut entries, mut wrong, mut last) = (0, 0, None::<u64>);
    let mut asked = Instant::now();
    while last.is_none_or(|seq| seq < until.load(Ordering::Relaxed)) {
        let line = lines.next().ok_or(io::ErrorKind::UnexpectedEof)??;
        if line.starts_with("event: alarm") && asked.elapsed() >= LIST_EVERY {
            asked = Instant::now();
            for list in LISTS {
                let refused = u64::from(!status_is_good(ask(address, token, list)?)?);
                counts.lists.fetch_add(1, Ordering::Relaxed);
                counts.refused.fetch_add(refused, Ordering::Relaxed);
            }
        }
        let Some(seq) = line.strip_prefix("id: ").and_then(|id| id.rsplit_once('-')?.1.parse::<u64>().ok()) else {
            continue;
        };
        wrong += last.map_or(0, |before| seq.abs_diff(before + 1));
        last = Some(seq);
        entries += 1;
    }
    Ok((entries, wrong))
}

fn ask(address: SocketAddr, token: &str, path: &str) -> io::Result<TcpStream> {
    let mut socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(SILENCE_LIMIT))?;
    write!(socket, "GET /api/v1/{path} HTTP/1.0\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\r\n")?;
    Ok(socket)
}

fn status_is_good(mut socket: TcpStream) -> io::Result<bool> {
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer)?;
    Ok(answer.starts_with(b"HTTP/1.0 200") || answer.starts_with(b"HTTP/1.1 200"))
}
