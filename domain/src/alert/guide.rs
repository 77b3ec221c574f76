//! What to do first, for the classes of trouble that are known: what it means, whose task
//! it is, and whether starting the job again makes sense.

use super::LINK_LOST;
use crate::facts::Alert;

/// Whose task a class of trouble is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The operations center.
    Ours,
    /// The client.
    Client,
    /// Both: which of the two is to be found out first.
    Either,
}

impl Owner {
    /// Its words on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Client => "the client's",
            Self::Either => "ours or the client's",
        }
    }
}

/// What is known of a class of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guide {
    /// What it means.
    pub means: &'static str,
    /// Who owns it.
    pub owner: Owner,
    /// What to do first, in order.
    pub first: &'static [&'static str],
    /// Whether starting the job again makes sense; empty: there is no job.
    pub retry: &'static str,
}

/// A class that a word in the alert's text tells.
struct Class {
    words: &'static [&'static str],
    guide: Guide,
}

const CLASSES: &[Class] = &[
    Class {
        words: &["is empty, but was not", "is missing", "is no folder"],
        guide: Guide {
            means: "the data that should be protected is not there: a disk is not mounted, or it was moved or lost",
            owner: Owner::Client,
            first: &[
                "ask whether a disk is missing",
                "look at the last good point",
                "notify",
            ],
            retry: "only when the folder is back",
        },
    },
    Class {
        words: &["cannot be opened", "permission denied", "not readable"],
        guide: Guide {
            means: "the agent may not read what it protects",
            owner: Owner::Client,
            first: &["ask what changed in the rights", "notify"],
            retry: "only when the rights are back",
        },
    },
    Class {
        words: &["vss", "writer"],
        guide: Guide {
            means: "the system could not be held still for a snapshot",
            owner: Owner::Ours,
            first: &[
                "look at the writer on the system",
                "restart its service",
                "start the job again",
            ],
            retry: "once, after the service was restarted",
        },
    },
    Class {
        words: &["limit", "no space", "space left", "full"],
        guide: Guide {
            means: "there is no room for the next restore point",
            owner: Owner::Either,
            first: &[
                "see how full the repository is",
                "raise the limit or make room",
                "start the job again",
            ],
            retry: "only when there is room",
        },
    },
    Class {
        words: &["another worker", "locked", "lock"],
        guide: Guide {
            means: "something else holds the repository",
            owner: Owner::Ours,
            first: &[
                "see which work holds it",
                "let it end",
                "start the job again",
            ],
            retry: "yes, when the other has ended",
        },
    },
    Class {
        words: &["password", "master key", "credential"],
        guide: Guide {
            means: "the repository cannot be opened: its password or key does not fit",
            owner: Owner::Ours,
            first: &[
                "look at the password file",
                "notify before changing anything",
            ],
            retry: "no: it fails the same way",
        },
    },
    Class {
        words: &["max_runtime"],
        guide: Guide {
            means: "it ran longer than it may and was stopped: more data than usual, or a slow source",
            owner: Owner::Either,
            first: &[
                "compare with the runs before",
                "ask what grew",
                "start the job again",
            ],
            retry: "once; then the limit or the plan must change",
        },
    },
    Class {
        words: &["timed out", "unreachable", "connection", "network"],
        guide: Guide {
            means: "the way to the source or to the repository broke",
            owner: Owner::Either,
            first: &[
                "see whether other jobs there fail too",
                "start the job again",
            ],
            retry: "yes, once",
        },
    },
    Class {
        words: &["shut down while it ran"],
        guide: Guide {
            means: "the appliance was shut down in the middle of the run",
            owner: Owner::Either,
            first: &["ask who shut it down", "start the job again"],
            retry: "yes",
        },
    },
    Class {
        words: &["cannot be written", "i/o error", "read-only"],
        guide: Guide {
            means: "the repository does not take data",
            owner: Owner::Ours,
            first: &["look at its disk", "start the job again"],
            retry: "only when it can be written",
        },
    },
];

const JOB_FAILED: Guide = Guide {
    means: "no restore point was made; the last good one is older than it should be",
    owner: Owner::Either,
    first: &[
        "read the log of its session",
        "start the job again",
        "notify",
    ],
    retry: "once; a second failure has a cause",
};

const JOB_WARNING: Guide = Guide {
    means: "a restore point was made, but not all of it is in there",
    owner: Owner::Either,
    first: &["read which files are missing", "see whether they matter"],
    retry: "only when what was left out can be read now",
};

const SPACE: Guide = Guide {
    means: "the next backups will fail when it is full",
    owner: Owner::Either,
    first: &["see what grows", "remove old points or add space", "notify"],
    retry: "",
};

const OFFLINE: Guide = Guide {
    means: "no job behind it makes a restore point, and nothing in it can be restored",
    owner: Owner::Either,
    first: &[
        "see whether its disk or share is mounted",
        "look at its password file",
        "notify",
    ],
    retry: "only when it can be read",
};

const MISSED: Guide = Guide {
    means: "the last restore point is older than it should be",
    owner: Owner::Ours,
    first: &[
        "see what held it up: other work, or the appliance was off",
        "let it run, or start the job",
    ],
    retry: "yes, unless it waits already",
};

const LONG: Guide = Guide {
    means: "more data than usual, a slow source, or it hangs; its next runs are missed",
    owner: Owner::Either,
    first: &[
        "see whether its progress still moves",
        "compare with the runs before",
        "stop it if it hangs",
    ],
    retry: "only after it was stopped",
};

const RESTARTED: Guide = Guide {
    means: "the appliance stopped in the middle of its work and came back",
    owner: Owner::Ours,
    first: &[
        "see which sessions were cut off",
        "continue restores",
        "start jobs again",
    ],
    retry: "yes, those that were cut off",
};

const LOST: Guide = Guide {
    means: "nothing is known of its jobs until it is back; they may well go on",
    owner: Owner::Either,
    first: &[
        "call the site: power, network",
        "see whether its neighbours are up",
        "notify",
    ],
    retry: "",
};

/// What is known of this alert's class; `None`: its monitor is not known to this build.
pub fn of(alert: &Alert) -> Option<Guide> {
    match alert.monitor.as_str() {
        "job_failed" => Some(classified(&alert.text).unwrap_or(JOB_FAILED)),
        "job_warning" => Some(JOB_WARNING),
        "job_long" => Some(LONG),
        "run_missed" => Some(MISSED),
        "repository_space" => Some(SPACE),
        "repository_offline" => Some(OFFLINE),
        "appliance_restarted" => Some(RESTARTED),
        LINK_LOST => Some(LOST),
        _ => None,
    }
}

fn classified(text: &str) -> Option<Guide> {
    let text = text.to_lowercase();
    let class = CLASSES
        .iter()
        .find(|class| class.words.iter().any(|word| text.contains(word)));
    class.map(|class| class.guide)
}
