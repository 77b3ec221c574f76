//! Where a restore writes, and the only code that touches it: paths are walked component
//! by component on open folders, no symlink below the base is ever followed, and nothing
//! is written under its own name before it is whole.
//!
//! It knows nothing of restore points, plans or policies.

mod ability;
mod content;
mod folder;
mod mapping;
mod metadata;
mod name;
mod sync;
mod there;
mod write;

pub use ability::{Abilities, Keep, Space};
pub use folder::{Folder, PlaceError, Tree};
pub use mapping::{Mapped, Mapper, Mapping, PathError, Place, normalise};
pub use metadata::{Metadata, Xattr};
pub use name::{beside, is_component, is_reference, join, key, part_name, parts, split};
pub use sync::Syncer;
pub use there::{Kind, Stamp, There};
pub use write::{
    Part, Publish, Published, advise, is_full, is_other_file_system, make_folder,
    set_folder_metadata,
};
