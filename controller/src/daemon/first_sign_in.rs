//! How the first admin of a site is found: whoever starts the daemon by hand is shown a link, and the journal then says that
//! there is one. A log is no place for a link, so a daemon that a supervisor starts makes none.

use rackward_core::engine::command::OperatorCommand;
use rackward_dashboard::LinkFor;

use super::Daemon;
use crate::clock;

/// Tells how to become the first admin; `show` reaches a person, where one is there.
pub(super) async fn tell(daemon: &Daemon, show: Option<impl FnOnce(&str)>) {
    let Some(show) = show else {
        tracing::info!("nobody runs this site yet; `rackward console login` makes a link for its first admin");
        return;
    };
    let made = daemon.sessions.new_link_for(LinkFor::FirstAdmin, clock::now().monotonic);
    let link = match made {
        Ok(link) => link,
        Err(error) => {
            tracing::warn!(%error, "no link for the first admin was made; try `rackward console login`");
            return;
        }
    };
    // Nobody is shown a link of which the journal knows nothing.
    if let Err(error) = daemon.tell(OperatorCommand::NoteLink { operator: None }).await {
        tracing::warn!(%error, "a link for the first admin is not shown; try `rackward console login`");
        return;
    }
    show(&format!("nobody runs this site yet; to become its first admin, open within 15 minutes: {link}"));
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use rackward_core::id::Seq;
    use rackward_dashboard::Backend as _;

    use super::*;
    use crate::daemon::tests::start;

    async fn links_made(daemon: &Daemon) -> usize {
        let entries = daemon.backend.entries_after(Seq::new(0), 1_000).await.unwrap();
        entries.iter().filter(|stamped| stamped.entry.event_name() == "operator.link-made").count()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_link_is_made_for_somebody_who_sees_it_and_for_nobody_else() {
        let dir = tempfile::tempdir().unwrap();
        let daemon = start(dir.path(), "").await;
        tell(&daemon, None::<fn(&str)>).await;
        assert_eq!(links_made(&daemon).await, 0, "nobody could have seen it");
        let shown = RefCell::new(String::new());
        tell(&daemon, Some(|words: &str| shown.borrow_mut().push_str(words))).await;
        assert_eq!(links_made(&daemon).await, 1);
        let link = shown.borrow().rsplit(' ').next().unwrap().to_owned();
        assert!(link.starts_with(daemon.sessions.console()) && link.contains("token="), "{link}");
        daemon.stop().await.unwrap();
    }
}
