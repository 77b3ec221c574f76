//! `ocdeck handover`: the handover as the desk knows it, for scripts and for paper. The same
//! fold and the same lines as on screen, without a terminal and without a link; and those that
//! are over, as far back as the desk goes.

mod past;

use super::console::zone;
use crate::{
    config::fleet::FleetFile,
    desk::{self, FILE, Place, RECENT, Store, Who},
    state::{
        Env, Model, Start,
        model::{KeyLabels, Me},
        msg::{DeskMsg, Msg},
        update,
    },
};
use anyhow::{Context as _, Result};
use chrono::Utc;
use clap::{Args, Subcommand, ValueEnum};
use uuid::Uuid;

/// Print what the next shift must know, or a handover that is over: as Markdown, or as JSON.
///
/// It reads the desk alone and asks no appliance: of a restore it says what the desk has
/// witnessed, and what is not known without a link it says under "Not known". A handover that
/// goes on is printed with what people wrote and read in it.
///
/// The exit code is 0 when it was printed, 1 when the desk cannot be read or has no such
/// handover, 2 when the configuration is wrong.
#[derive(Clone, Debug, Default, Args)]
pub struct HandoverArgs {
    /// Markdown for people, JSON for programs.
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        global = true
    )]
    format: Format,
    #[command(subcommand)]
    which: Option<Which>,
}

#[derive(Clone, Debug, Subcommand)]
enum Which {
    /// The handovers that are over, the last one first.
    List {
        /// How many at most; 0: all.
        #[arg(long, default_value_t = 20, value_name = "N")]
        most: u32,
    },
    /// The frozen copy of one that is over.
    Show {
        /// Its id or how that begins, as the list prints it; a day or a time such as
        /// 2026-11-21T08:14, which is the last one taken until then; or the word last.
        #[arg(value_name = "WHICH")]
        which: String,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Markdown.
    #[default]
    Md,
    /// JSON.
    Json,
}

/// What is printed.
///
/// # Errors
/// When the desk cannot be read, or has no such handover.
pub fn run(args: HandoverArgs, fleet: Option<FleetFile>, place: &Place) -> Result<String> {
    let mut store = open(place)?;
    match args.which {
        Some(Which::List { most }) => past::list(store.as_mut(), most, args.format),
        Some(Which::Show { which }) => past::show(store.as_mut(), &which, args.format),
        None => {
            let model = read(fleet, store.as_mut())?;
            let handover = model.handover().map(|(_, handover)| handover);
            let sheet = model.sheet(handover, Vec::new());
            Ok(match args.format {
                Format::Md => sheet.markdown(),
                Format::Json => sheet.json(),
            })
        }
    }
}

/// The desk; one that is not there is not made.
fn open(place: &Place) -> Result<Box<dyn Store>> {
    if let Place::Own(folder) = place {
        let file = folder.join(FILE);
        anyhow::ensure!(
            file.exists(),
            "there is no desk {} yet: a console makes it at its first start",
            file.display()
        );
    }
    Ok(desk::open(place, &Who::default())?)
}

/// The desk, folded as a console folds it; nothing is written.
fn read(fleet: Option<FleetFile>, store: &mut dyn Store) -> Result<Model> {
    let now = store.now()?;
    let picture = store.start(now - RECENT)?;
    let mut model = Model::new(Start {
        me: Me {
            name: String::new(),
            role: String::new(),
            restricted: false,
            zone: zone(),
        },
        policy: toml::from_str(ocdeck_domain::policy::SHIPPED)
            .context("the shipped policy.toml has a mistake")?,
        directory: fleet.map(|file| file.directory).unwrap_or_default(),
        demo: false,
        now: Utc::now(),
        size: (0, 0),
        keys: KeyLabels::default(),
        config: Default::default(),
    });
    let env = Env {
        now,
        new_id: &Uuid::now_v7,
    };
    let loaded = DeskMsg::Loaded {
        records: picture.records,
        drafts: picture.drafts,
    };
    // What a console would do now is a console's to do.
    drop(update(&mut model, Msg::Desk(loaded), &env));
    Ok(model)
}
