//! The apply step on a real libvirtd with real guests.

mod support;

use serde_json::json;
use support::{Daemon, Guest, Place, actions, changes, uuid, writes};

#[test]
fn first_run() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    place.write("vm.xml", &Guest::new(1).xml());
    let bundle = json!({ "domains": [ { "definition": "vm.xml", "active": true, "restart": null } ], "networks": null, "pools": null });
    let plan = place.plan(&bundle);
    assert_eq!(actions(&plan, "guest1"), ["create", "start"]);
    assert_eq!(writes(&plan), 0);
    assert_eq!(writes(&place.apply(&bundle)), 2);
    let again = place.apply(&bundle);
    assert_eq!((writes(&again), actions(&again, "guest1")), (0, vec!["unchanged".to_owned()]));
    let connect = daemon.connect();
    let domain = connect.lookup_domain_by_uuid_string(&uuid(1)).unwrap();
    assert!(domain.is_active().unwrap());
    let _ = changes;
}
