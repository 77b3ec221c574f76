//! The console, killed at every point between a key and the desk, and between the desk and
//! the appliance.

use super::world::{Armed, FILES, World};
use crate::support::{
    books::Desk,
    both,
    p1::{at_step, console, console_of, is_up, send, starting_console, up_to_read_back_of},
    pty::Term,
    wait_for,
};
use ocdeck_faults::{Point, VARIABLE};

fn armed_console(world: &World, armed: &Armed) -> Term {
    starting_console(&world.fleet, &[(VARIABLE, &armed.value())])
}

/// Opens the first request, where it was left.
fn open(term: &mut Term) {
    term.press(&["4"]);
    term.wait("R-0001");
    term.press(&["Enter"]);
}

/// Dies at a point of the dispatch. `intent`: it stands on the desk, `sent`: the appliance has
/// heard of it.
pub fn dies_dispatching(point: Point, intent: bool, sent: bool) {
    let world = World::new();
    world.fleet.lose();
    let armed = Armed::new(&world.fleet, point, 1);
    let mut term = armed_console(&world, &armed);
    is_up(&term);
    up_to_read_back_of(&mut term, &format!("{FILES} files"));
    send(&mut term);
    term.exit();
    armed.died();
    let desk = Desk::of(&world.fleet);
    let request = desk.first_request();
    assert_eq!(desk.intents(request), usize::from(intent));
    let begun = if sent { vec![1] } else { vec![] };
    assert_eq!(world.begun(request).0, begun);
    if !sent {
        assert_eq!(world.whole_files(), 0);
    }

    let mut term = console(&world.fleet);
    if intent {
        // It goes out by itself, or is out already.
        term.press(&["4"]);
    } else {
        open(&mut term);
        at_step(&term, "8 Read back");
        // The confirmation is nobody's but who sends it: it is typed anew.
        term.type_text("erp01");
        send(&mut term);
    }
    world.is_complete(&world.ended(request, 1));
    term.wait("awaits validation");
    assert_eq!(world.begun(request), (vec![1], 1));
    wait_for("its end on the desk", || {
        let kinds = desk.kinds(request);
        let told = kinds.iter().filter(|kind| *kind == "witnessed").count();
        (told == 4).then_some(())
    });
    assert_eq!(desk.intents(request), 1);
}

/// mara's console dies right after the intent, and she does not come back. Nobody else's sends
/// it, every one shows it, and another person's key does, once.
pub fn another_person_sends_it() {
    let world = World::new();
    world.fleet.lose();
    let armed = Armed::new(&world.fleet, Point::ConsoleAfterIntent, 1);
    let mut mara = armed_console(&world, &armed);
    is_up(&mara);
    up_to_read_back_of(&mut mara, &format!("{FILES} files"));
    send(&mut mara);
    mara.exit();
    armed.died();
    let desk = Desk::of(&world.fleet);
    let request = desk.first_request();

    let mut wall = console_of(&world.fleet, "wall", "viewer");
    let mut jon = console_of(&world.fleet, "jon", "technician");
    for term in [&mut wall, &mut jon] {
        // On every screen, then where it can be sent.
        term.wait("no answer acme/erp01");
        term.press(&["4"]);
        term.wait("mara's dispatch got no answer since");
    }
    // Both were there for longer than mara's own would have waited.
    assert_eq!(world.begun(request), (vec![], 0));
    let page = both(&world.fleet.home.run(&["handover"]));
    assert!(page.contains("mara's dispatch got no answer"), "{page}");
    wall.press(&["S"]);
    wall.wait("a viewer may not do that");
    jon.wait("or press S to send it as yours");
    jon.press(&["S"]);
    jon.wait("Ask mara first");
    jon.press(&["Enter"]);
    world.is_complete(&world.ended(request, 1));
    jon.wait("awaits validation");
    let sent = |desk: &Desk| {
        let kinds = desk.kinds(request);
        kinds.iter().filter(|kind| *kind == "sent_again").count()
    };
    assert_eq!((desk.intents(request), sent(&desk)), (1, 1));

    // She is back: what was hers was sent, and is over.
    let mut mara = console(&world.fleet);
    mara.press(&["4"]);
    mara.wait("mara's dispatch sent again as theirs");
    mara.wait("awaits validation");
    assert_eq!(world.begun(request), (vec![1], 1));
    assert_eq!((desk.intents(request), sent(&desk)), (1, 1));
}

/// Dies in the middle of a word; what was typed more than a moment before is there.
pub fn dies_typing() {
    let world = World::new();
    // `c`, then seven letters; the eighth key is the last.
    let armed = Armed::new(&world.fleet, Point::ConsoleKey, 8);
    let mut term = armed_console(&world, &armed);
    is_up(&term);
    term.press(&["c"]);
    at_step(&term, "1 Call");
    term.type_text("mari");
    let desk = Desk::of(&world.fleet);
    let request = desk.first_request();
    wait_for("what was typed on the desk", || {
        (desk.typed(request, "caller")? == "mari").then_some(())
    });
    term.type_text("pos");
    term.exit();
    armed.died();
    let kept = desk.typed(request, "caller").unwrap();
    assert!(kept.starts_with("mari"), "{kept}");
    assert!("maripos".starts_with(&kept), "{kept}");
    shows(&world, &kept);
}

/// Dies before or after what was typed is written: it is not there, or it is.
pub fn dies_saving(point: Point, kept: Option<&str>) {
    let world = World::new();
    // The second write: the first is of the request's fields as they were when it was opened.
    let armed = Armed::new(&world.fleet, point, 2);
    let mut term = armed_console(&world, &armed);
    is_up(&term);
    term.press(&["c"]);
    at_step(&term, "1 Call");
    let desk = Desk::of(&world.fleet);
    let request = desk.first_request();
    wait_for("the first write", || desk.step(request));
    term.paste("mariposa");
    term.exit();
    armed.died();
    assert_eq!(desk.typed(request, "caller").as_deref(), kept);
    shows(&world, kept.unwrap_or(""));
}

/// The next console shows what was kept, and goes on from there.
fn shows(world: &World, kept: &str) {
    let mut term = console(&world.fleet);
    open(&mut term);
    at_step(&term, "1 Call");
    term.type_text("!");
    term.wait(&format!("{kept}!"));
    let desk = Desk::of(&world.fleet);
    let request = desk.first_request();
    wait_for("all of it on the desk", || {
        (desk.typed(request, "caller")? == format!("{kept}!")).then_some(())
    });
}

/// Dies as soon as it has read the desk: that reading changed nothing.
pub fn dies_starting() {
    let world = World::new();
    world.fleet.lose();
    let mut term = console(&world.fleet);
    up_to_read_back_of(&mut term, &format!("{FILES} files"));
    term.press(&["Esc"]);
    let desk = Desk::of(&world.fleet);
    let request = desk.first_request();
    wait_for("it parked", || {
        desk.kinds(request)
            .iter()
            .any(|kind| kind == "parked")
            .then_some(())
    });
    term.press(&["q"]);
    assert_eq!(term.exit(), 0);
    let kinds = desk.kinds(request);
    let armed = Armed::new(&world.fleet, Point::ConsoleDeskRead, 1);
    let mut term = armed_console(&world, &armed);
    term.exit();
    armed.died();
    assert_eq!(desk.kinds(request), kinds);
    assert_eq!(desk.step(request), Some(8));
    let mut term = console(&world.fleet);
    open(&mut term);
    at_step(&term, "8 Read back");
    term.type_text("erp01");
    send(&mut term);
    world.is_complete(&world.ended(request, 1));
    assert_eq!(world.begun(request), (vec![1], 1));
}
