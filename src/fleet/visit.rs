//! One look at each appliance, without a link that stays: who it is, how far, how right its
//! clock goes. For `ocdeck doctor`.

use super::{
    Link, Me,
    connect::{DIALS, Dialler},
    convert, link,
    skew::Skew,
};
use crate::desk::{Base, Clock};
use ocdeck_domain::{
    facts::{Description, Time},
    ids::ApplianceId,
};
use ocdeck_proto::v1::appliance_service_client::ApplianceServiceClient;
use ocdeck_trust::TrustError;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{task::JoinSet, time::timeout};

/// An appliance that answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Visited {
    /// Who it says that it is.
    pub description: Description,
    /// From the dial to its first answer, both handshakes among it.
    pub took: Duration,
    /// Its clock minus ours, in milliseconds.
    pub offset_ms: i64,
    /// The end of its certificate's validity.
    pub expires: Option<Time>,
}

/// Dials all of them, so many at once as links do, and asks each who it is; one that takes
/// longer than `patience` is told as such. In the order of `links`.
///
/// # Errors
/// When one's own certificate, key or CA cannot be used: no appliance would answer.
pub async fn visit(
    links: &[Link],
    me: &Me,
    patience: Duration,
) -> Result<Vec<(ApplianceId, Result<Visited, String>)>, TrustError> {
    let dialler = Arc::new(Dialler::new(
        me.clone(),
        links.len(),
        Clock::new(Base::Host),
    )?);
    // Those behind the first ones wait for their turns.
    let turns = u32::try_from(links.len() / DIALS + 1).unwrap_or(u32::MAX);
    let patience = patience.saturating_mul(turns);
    let mut visits = JoinSet::new();
    for (number, link) in links.iter().cloned().enumerate() {
        let dialler = dialler.clone();
        visits.spawn(async move {
            let answer = match timeout(patience, one(&dialler, &link)).await {
                Ok(answer) => answer,
                Err(_) => Err(format!(
                    "{} did not answer within {} s",
                    link.appliance,
                    patience.as_secs()
                )),
            };
            (number, link.appliance, answer)
        });
    }
    let mut answers = Vec::with_capacity(links.len());
    while let Some(ended) = visits.join_next().await {
        // None is aborted, and none panics.
        answers.extend(ended.ok());
    }
    answers.sort_by_key(|(number, ..)| *number);
    let answers = answers.into_iter();
    Ok(answers
        .map(|(_, appliance, answer)| (appliance, answer))
        .collect())
}

async fn one(dialler: &Dialler, link: &Link) -> Result<Visited, String> {
    let began = Instant::now();
    let (channel, shown) = dialler
        .dial_and_look(link)
        .await
        .map_err(|error| error.to_string())?;
    let mut client =
        ApplianceServiceClient::new(channel).max_decoding_message_size(link::MESSAGE_LIMIT);
    let mut skew = Skew::default();
    let description = link::describe(dialler, link, &mut client, &mut skew).await?;
    Ok(Visited {
        description: convert::description(description),
        took: began.elapsed(),
        offset_ms: skew.offset_ms(),
        expires: shown.map(|peer| peer.not_after),
    })
}
