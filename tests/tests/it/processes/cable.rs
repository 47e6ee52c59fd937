//! A network cable with the test's hand on it: TCP to a console and back, over threads that carry the bytes. While it is pulled
//! nothing passes and nobody is told, as with a real one; connections that were open wait, and go on when it is back.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

/// The cable. Its threads end with their connections, at the latest with the process.
#[derive(Debug)]
pub(super) struct Cable {
    address: SocketAddr,
    plug: Arc<Plug>,
}

#[derive(Debug, Default)]
struct Plug {
    is_pulled: Mutex<bool>,
    turned: Condvar,
}

impl Plug {
    fn set(&self, is_pulled: bool) {
        *self.is_pulled.lock().unwrap() = is_pulled;
        self.turned.notify_all();
    }

    /// Waits until bytes pass.
    fn pass(&self) {
        let pulled = self.is_pulled.lock().unwrap();
        drop(self.turned.wait_while(pulled, |is_pulled| *is_pulled).unwrap());
    }
}

impl Cable {
    /// To a console such as `http://127.0.0.1:8080`.
    pub(super) fn to(console: &str) -> Self {
        let there: SocketAddr = console.strip_prefix("http://").unwrap().parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let cable = Self { address: listener.local_addr().unwrap(), plug: Arc::default() };
        let plug = Arc::clone(&cable.plug);
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let plug = Arc::clone(&plug);
                thread::spawn(move || join(&near, there, &plug));
            }
        });
        cable
    }

    /// The console's address at this end.
    pub(super) fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn pull(&self) {
        self.plug.set(true);
    }

    pub(super) fn plug_in(&self) {
        self.plug.set(false);
    }
}

/// Carries both ways until one end is gone.
fn join(near: &TcpStream, there: SocketAddr, plug: &Arc<Plug>) {
    plug.pass();
    let Ok(far) = TcpStream::connect(there) else { return };
    let (Ok(near_too), Ok(far_too)) = (near.try_clone(), far.try_clone()) else { return };
    let same = Arc::clone(plug);
    let back = thread::spawn(move || carry(&far_too, &near_too, &same));
    carry(near, &far, plug);
    // A thread that panicked has said so.
    let _ = back.join();
}

fn carry(mut from: &TcpStream, mut to: &TcpStream, plug: &Plug) {
    let mut chunk = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut chunk) {
        plug.pass();
        if to.write_all(&chunk[..count]).is_err() {
            break;
        }
    }
    plug.pass();
    // The other end may have gone first.
    let _ = to.shutdown(Shutdown::Write);
}
