//! The demo's cameras: a recorder on loopback that answers the two routes of Frigate that Rackward asks, with pictures of how the
//! simulated doors stood at that moment. It sees the simulated world, not the daemon: what a picture shows is what the hardware
//! was, whatever a sensor said.
//!
//! A picture is drawn in grey, 320 by 180: each door of the camera as a frame, filled where its leaf is shut, and the time below.
//! It remembers two minutes, as a recorder remembers days.

mod png;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use rackward_core::Wall;
use rackward_firmware_sim::control::{Response, call};
use rackward_firmware_sim::hands::Request;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::clock;

/// How often the cameras look.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How many looks are remembered: two minutes.
const LOOKS_MAX_COUNT: usize = 240;
/// How far a look may be from the moment that is asked for.
const NEAR: Duration = Duration::from_secs(1);
/// How many ask at once.
const ASKED_AT_ONCE: usize = 32;
/// How long a request may take.
const REQUEST_LIMIT: Duration = Duration::from_secs(2);
/// How many doors stand side by side on a picture.
const DOORS_SHOWN: usize = 6;

/// A camera of the demo: what it is called in the site file, what it covers there, and what the site file says besides.
pub(super) struct CameraPlan {
    pub(super) name: &'static str,
    pub(super) covers: &'static str,
    pub(super) more: &'static str,
}

/// The demo's cameras. The lobby's mantrap and the yard have none, so that the finding is seen, too.
pub(super) const CAMERAS: [CameraPlan; 2] = [
    CameraPlan { name: "entrance", covers: "lon1/main-entrance", more: "evidence = true\n" },
    CameraPlan { name: "hall-a", covers: "lon1/hall-a", more: "evidence = true\nalso = [\"openings\"]\n" },
];

/// How the doors stood at one moment: path, and whether the leaf is shut.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Look {
    at: Wall,
    doors: Vec<(String, bool)>,
}

type Looks = Arc<Mutex<VecDeque<Look>>>;

/// Runs the recorder at `address` until `leaving`, looking at the world behind the socket `sim`.
///
/// # Errors
/// Somebody else listens there.
pub(super) async fn start(address: SocketAddr, sim: PathBuf, leaving: CancellationToken) -> anyhow::Result<()> {
    let listener =
        TcpListener::bind(address).await.with_context(|| format!("the cameras cannot listen at {address}"))?;
    let looks: Looks = Arc::default();
    let watching = watch(sim, Arc::clone(&looks));
    tokio::spawn(leaving.clone().run_until_cancelled_owned(watching));
    tokio::spawn(leaving.run_until_cancelled_owned(serve(listener, looks)));
    Ok(())
}

async fn watch(sim: PathBuf, looks: Looks) {
    loop {
        let socket = sim.clone();
        let state = tokio::task::spawn_blocking(move || call(&socket, &Request::new("state", []))).await;
        // A world that does not answer leaves the recording with a gap.
        if let Ok(Ok(Response::Done { data, .. })) = state {
            let doors = data["doors"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|door| Some((door["path"].as_str()?.to_owned(), door["leaf"].as_str()? == "closed")));
            let look = Look { at: clock::now().wall, doors: doors.collect() };
            let mut looks = looks.lock().unwrap_or_else(PoisonError::into_inner);
            if looks.len() == LOOKS_MAX_COUNT {
                looks.pop_front();
            }
            looks.push_back(look);
        }
        sleep(LOOK_EVERY).await;
    }
}

async fn serve(listener: TcpListener, looks: Looks) {
    let room = Arc::new(Semaphore::new(ASKED_AT_ONCE));
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else { continue };
        let looks = Arc::clone(&looks);
        tokio::spawn(async move {
            // Whoever asks and does not read has had its time.
            drop(timeout(REQUEST_LIMIT, answer(stream, &looks)).await);
            drop(permit);
        });
    }
}

async fn answer(mut stream: TcpStream, looks: &Looks) -> std::io::Result<()> {
    let mut head = [0; 4_096];
    let mut length = 0;
    while length < head.len() && !head[..length].windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut head[length..]).await?;
        if read == 0 {
            return Ok(());
        }
        length += read;
    }
    let head = String::from_utf8_lossy(&head[..length]);
    let picture = head.split(' ').nth(1).and_then(|path| asked_for(path, looks));
    let (status, body) = picture.map_or(("404 Not Found", Vec::new()), |picture| ("200 OK", picture));
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: image/png\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await?;
    stream.shutdown().await
}

/// The picture that a path asks for: `/api/CAMERA/latest.jpg` or `/api/CAMERA/recordings/SECONDS/snapshot.jpg`.
fn asked_for(path: &str, looks: &Looks) -> Option<Vec<u8>> {
    let parts: Vec<&str> = path.strip_prefix("/api/")?.split('/').collect();
    let (camera, look) = match parts.as_slice() {
        [camera, "latest.jpg"] => (camera, looks.lock().unwrap_or_else(PoisonError::into_inner).back()?.clone()),
        [camera, "recordings", moment, "snapshot.jpg"] => (camera, at(moment.parse().ok()?, looks)?),
        _ => return None,
    };
    let plan = CAMERAS.iter().find(|plan| plan.name == *camera)?;
    Some(draw(plan, &look))
}

/// The look that is nearest to a moment, in seconds since 1970, if one is near.
fn at(seconds: f64, looks: &Looks) -> Option<Look> {
    if !(0.0..1e11).contains(&seconds) {
        return None;
    }
    let moment = Wall::from_micros((seconds * 1e6) as i64);
    let looks = looks.lock().unwrap_or_else(PoisonError::into_inner);
    let apart = |look: &&Look| look.at.as_micros().abs_diff(moment.as_micros());
    let nearest = looks.iter().min_by_key(apart)?;
    (u128::from(apart(&nearest)) <= NEAR.as_micros()).then(|| nearest.clone())
}

fn draw(plan: &CameraPlan, look: &Look) -> Vec<u8> {
    const WALL: u8 = 0x60;
    const FRAME: u8 = 0x20;
    const LEAF: u8 = 0xb8;
    const LIGHT: u8 = 0xf4;
    let mut canvas = png::Canvas::new(WALL);
    let covers = |path: &str| path == plan.covers || path.starts_with(&format!("{}/", plan.covers));
    // What is open is what is looked for: it stands in front.
    let mut doors: Vec<&(String, bool)> = look.doors.iter().filter(|(path, _)| covers(path)).collect();
    doors.sort_by_key(|(_, is_shut)| *is_shut);
    let shown = &doors[..doors.len().min(DOORS_SHOWN)];
    let width = 300 / shown.len().max(1).max(3);
    for (place, (path, is_shut)) in shown.iter().enumerate() {
        let left = 10 + place * width;
        canvas.fill((left, 20), (width - 10, 118), FRAME);
        canvas.fill((left + 4, 24), (width - 18, 110), if *is_shut { LEAF } else { LIGHT });
        if !is_shut {
            // The leaf stands against the wall.
            canvas.fill((left + 4, 24), (6, 110), LEAF);
        }
        let label = path.rsplit('/').next().unwrap_or_default();
        canvas.write((left, 8), label, LIGHT);
        canvas.write((left, 142), if *is_shut { "SHUT" } else { "OPEN" }, LIGHT);
    }
    let moment = jiff::Timestamp::from_microsecond(look.at.as_micros()).unwrap_or_default();
    canvas.write((10, 162), &moment.strftime("%Y-%m-%d %H:%M:%S.%3fZ").to_string(), LIGHT);
    canvas.write((250, 162), plan.name, LIGHT);
    canvas.into_png()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(open_from: i64) -> Looks {
        let look = |second: i64| Look {
            at: Wall::from_seconds(1_785_000_000 + second),
            doors: vec![
                ("lon1/main-entrance".to_owned(), second < open_from),
                ("lon1/hall-a/r01/c01/front".to_owned(), true),
            ],
        };
        Arc::new(Mutex::new((0..10).map(look).collect()))
    }

    #[test]
    fn a_picture_shows_how_the_door_stood_at_the_moment_that_is_asked_for() {
        let looks = looks(5);
        let of = |second: i64| {
            asked_for(&format!("/api/entrance/recordings/{}.250/snapshot.jpg", 1_785_000_000 + second), &looks)
        };
        let (shut, open) = (of(4).unwrap(), of(5).unwrap());
        assert!(shut.starts_with(b"\x89PNG\r\n\x1a\n") && open.starts_with(b"\x89PNG\r\n\x1a\n"));
        assert_eq!(shut.len(), open.len());
        assert_ne!(shut, open);
        assert_eq!(asked_for("/api/entrance/latest.jpg", &looks), of(9));
        assert_eq!(of(60), None, "it does not make up what it has not seen");
        for wrong in ["/", "/api/garden/latest.jpg", "/api/entrance/recordings/NaN/snapshot.jpg", "/api/entrance"] {
            assert_eq!(asked_for(wrong, &looks), None, "{wrong}");
        }
    }
}
