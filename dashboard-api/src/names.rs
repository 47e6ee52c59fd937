//! What persons are called, as whoever asks is shown it: the one place that every name passes on its way into an answer. Who is
//! shown names is the core's (`privacy.rs` there); here it is known for how long somebody said why, and it goes with the task
//! that answers a request, so that no handler can forget it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use rackward_core::id::{PersonId, SessionId};
use rackward_core::privacy::sees_names;
use rackward_core::{Answer, Query, Wall};

use crate::api::Api;
use crate::signin::SignedIn;

/// Why names are shown in a session, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stated {
    pub(crate) until: Wall,
    pub(crate) reason: String,
}

/// The sessions in which names are shown. What is over is forgotten with the next statement, so there are no more than were made
/// within the time that one holds.
#[derive(Debug, Default)]
pub(crate) struct Statements(Mutex<BTreeMap<SessionId, Stated>>);

impl Statements {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<SessionId, Stated>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows names in a session.
    pub(crate) fn make(&self, session: SessionId, stated: Stated, now: Wall) {
        let mut all = self.lock();
        all.retain(|_, stated| now < stated.until);
        all.insert(session, stated);
    }

    /// Shows them no more; whether they were shown.
    pub(crate) fn take_back(&self, session: SessionId) -> bool {
        self.lock().remove(&session).is_some()
    }

    /// Why names are shown in a session now.
    pub(crate) fn of(&self, session: SessionId, now: Wall) -> Option<Stated> {
        self.lock().get(&session).filter(|stated| now < stated.until).cloned()
    }
}

/// What somebody is shown of names.
#[derive(Debug, Clone)]
pub(crate) enum Names {
    /// All of them.
    Shown,
    /// Ids, but for those whose alarm wants an answer.
    Hidden { but: Arc<BTreeSet<PersonId>> },
}

impl Names {
    /// What whoever asks is shown. Where it cannot be known who is to be named, nobody is.
    pub(crate) async fn for_caller(api: &Api, asking: &SignedIn) -> Self {
        let (caller, now) = (asking.caller, api.backend.now().wall);
        let stated = asking.session.and_then(|session| api.statements.of(session, now));
        if sees_names(caller.actor, stated.map(|stated| stated.until), now) {
            return Self::Shown;
        }
        let but = match api.backend.ask(caller.scope, Query::NamedPersons).await {
            Ok(Answer::NamedPersons(persons)) => persons,
            Ok(_) | Err(_) => BTreeSet::new(),
        };
        Self::Hidden { but: Arc::new(but) }
    }

    /// Nobody is named.
    pub(crate) fn none() -> Self {
        Self::Hidden { but: Arc::default() }
    }

    /// Whether this person is named.
    pub(crate) fn has(&self, person: PersonId) -> bool {
        match self {
            Self::Shown => true,
            Self::Hidden { but } => but.contains(&person),
        }
    }
}

/// What stands in the place of a name.
pub(crate) fn pseudonym(person: PersonId) -> String {
    format!("person {person}")
}
