//! Who asks: keys that are shown are looked up, at most once a second each.

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, header};
use moka::future::Cache;

use super::{codes, fault::Fault, key};
use crate::{
    domain::submission::Owner,
    store::{Key, Records},
};

/// How long what was looked up is believed: a key that is revoked elsewhere is good for no longer.
const BELIEVED_FOR: Duration = Duration::from_secs(1);
/// How often the use of a key is recorded at most.
const USE_EVERY: Duration = Duration::from_secs(60);
/// Most keys that are remembered, unknown ones counted.
const REMEMBERED: u64 = 10_000;

/// Who asks.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// Whose things he sees.
    pub(super) owner: Owner,
}

/// Looks up who asks.
pub(super) struct Callers {
    records: Records,
    looked_up: Cache<String, Option<Arc<Key>>>,
    /// Keys whose use was recorded within the last minute.
    used: Cache<String, ()>,
}

impl Callers {
    pub(super) fn new(records: Records) -> Self {
        Self {
            records,
            looked_up: Cache::builder().max_capacity(REMEMBERED).time_to_live(BELIEVED_FOR).build(),
            used: Cache::builder().max_capacity(REMEMBERED).time_to_live(USE_EVERY).build(),
        }
    }

    /// Who shows the key in `Authorization: Bearer`.
    pub(super) async fn find(&self, headers: &HeaderMap) -> Result<Caller, Fault> {
        let wrong = |detail: &str| Fault::new(codes::UNAUTHORIZED, detail);
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return Err(wrong("send one header Authorization: Bearer with a key of this service"));
        };
        let shown = value.to_str().ok().and_then(|text| {
            let (scheme, key) = text.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
        });
        let text = shown.ok_or_else(|| wrong("send the key as Authorization: Bearer samokoder_..."))?;
        let Some(id) = key::id_of(text) else {
            return Err(wrong("that is no key of this service: its checksum is wrong"));
        };
        let found = self.look_up(id).await?;
        let valid = found.filter(|found| key::is_key_of(text, &found.key.digest) && found.revoked_at.is_none());
        let Some(found) = valid else { return Err(wrong("the key is unknown or revoked")) };
        self.note_use(id).await;
        Ok(Caller { owner: found.key.owner.clone() })
    }

    /// Forgets what was looked up of a key.
    pub(super) async fn forget(&self, id: &str) {
        self.looked_up.invalidate(id).await;
    }

    async fn look_up(&self, id: &str) -> Result<Option<Arc<Key>>, Fault> {
        let looking = async { self.records.key(id).await.map(|key| key.map(Arc::new)) };
        // Of requests that come at once one looks.
        self.looked_up.try_get_with_by_ref(id, looking).await.map_err(|error| match error.class() {
            crate::store::Class::Permanent => Fault::internal(&error),
            crate::store::Class::Transient | crate::store::Class::StorageFull => {
                Fault::busy("the records do not answer now")
            }
        })
    }

    async fn note_use(&self, id: &str) {
        if self.used.contains_key(id) {
            return;
        }
        self.used.insert(id.to_owned(), ()).await;
        // Who may ask does not depend on it.
        if let Err(error) = self.records.use_key(id).await {
            tracing::warn!("the use of a key could not be recorded: {error}");
        }
    }
}
