//! The calls of `libvirt-calls` on a daemon with QEMU. Those that libvirt's test driver has are in that crate, too.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod support;

use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;

use nixvirt_libvirt_calls::{
    ParameterValue, Received, add_iothread, block_io_tune, checkpoint_names, cpu_map, create_node_device,
    define_node_device, delete_iothread, iothreads, managed_save_define_xml, managed_save_xml,
    node_device_autostart, node_device_is_active, node_device_is_persistent, pin_iothread, receive_sparse,
    send_hole, set_blkio_parameters, set_block_io_tune, set_iothread_parameters, set_node_device_autostart,
    undefine_node_device,
};
use support::{Daemon, Guest, Place};
use virt::storage_vol::StorageVol;
use virt::stream::Stream;
use virt::sys;

const LIVE: u32 = sys::VIR_DOMAIN_AFFECT_LIVE;

/// A running guest with a qcow2 disk of 16 MiB.
fn running(daemon: &Daemon, place: &Place) -> virt::domain::Domain {
    let image = place.path().join("disk.qcow2");
    let made = std::process::Command::new("qemu-img")
        .args(["create", "-q", "-f", "qcow2"])
        .arg(&image)
        .arg("16M")
        .status()
        .unwrap();
    assert!(made.success());
    let mut guest = Guest::new(1);
    guest.devices = format!(
        "<disk type='file'><driver name='qemu' type='qcow2'/><source file='{}'/><target dev='vda' bus='virtio'/></disk>",
        image.display()
    );
    let domain = daemon.connect().define_domain_xml(&guest.xml()).unwrap();
    domain.create().unwrap();
    domain
}

#[test]
fn a_running_guest_takes_limits_threads_and_pins() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let domain = running(&daemon, &place);
    let limit = ("total_bytes_sec", ParameterValue::ULong(4_000_000));
    set_block_io_tune(&domain, "vda", std::slice::from_ref(&limit), LIVE).unwrap();
    let found = block_io_tune(&domain, "vda", LIVE).unwrap();
    assert!(found.contains(&(limit.0.to_owned(), limit.1)), "{found:?}");
    let error = set_block_io_tune(&domain, "vda", &[("speed", ParameterValue::ULong(1))], LIVE).unwrap_err();
    assert!(nixvirt_apply::error::said(&error).contains("speed"), "{error}");

    add_iothread(&domain, 3, LIVE).unwrap();
    pin_iothread(&domain, 3, &cpu_map([0]), LIVE).unwrap();
    let threads = iothreads(&domain, LIVE).unwrap();
    assert_eq!(threads.len(), 1, "{threads:?}");
    assert_eq!((threads[0].id, &*threads[0].cpus), (3, &[0][..]));
    set_iothread_parameters(&domain, 3, &[("poll_max_ns", ParameterValue::ULong(0))], LIVE).unwrap();
    delete_iothread(&domain, 3, LIVE).unwrap();
    assert_eq!(iothreads(&domain, LIVE).unwrap(), []);

    // The daemon of the tests has no control groups, so that the running guest has no weight.
    let weight = [("weight", ParameterValue::UInt(300))];
    set_blkio_parameters(&domain, &weight, sys::VIR_DOMAIN_AFFECT_CONFIG).unwrap();
    assert!(domain.xml_desc(sys::VIR_DOMAIN_XML_INACTIVE).unwrap().contains("<weight>300</weight>"));
    set_blkio_parameters(&domain, &weight, LIVE).unwrap_err();
}

#[test]
fn a_saved_state_is_given_another_emulator() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let mut guest = Guest::new(1);
    guest.devices = place.emulator("qemu-1");
    let domain = daemon.connect().define_domain_xml(&guest.xml()).unwrap();
    managed_save_xml(&domain, 0).unwrap_err();
    domain.create().unwrap();
    domain.managed_save(0).unwrap();
    let xml = managed_save_xml(&domain, sys::VIR_DOMAIN_SAVE_IMAGE_XML_SECURE).unwrap();
    place.emulator("qemu-2");
    managed_save_define_xml(&domain, &xml.replace("qemu-1", "qemu-2"), 0).unwrap();
    assert!(managed_save_xml(&domain, 0).unwrap().contains("qemu-2"));
    // What the guest would see does not change.
    let error = managed_save_define_xml(&domain, &xml.replace("32768", "65536"), 0).unwrap_err();
    assert!(nixvirt_apply::error::said(&error).contains("memory"), "{error}");
    managed_save_define_xml(&domain, "\0", 0).unwrap_err();
}

#[test]
fn checkpoints_are_named() {
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let domain = running(&daemon, &place);
    assert_eq!(checkpoint_names(&domain, 0).unwrap(), Vec::<String>::new());
    // `virt` makes no checkpoints.
    for name in ["monday", "friday"] {
        let made = std::process::Command::new("virsh")
            .args(["-c", &daemon.uri(), "checkpoint-create-as", "guest1", name])
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
    }
    assert_eq!(checkpoint_names(&domain, 0).unwrap(), ["friday", "monday"]);
}

#[test]
fn holes_of_a_volume_are_sent_and_received_as_holes() {
    const MEGABYTE: u64 = 1 << 20;
    let Some(daemon) = Daemon::start() else { return };
    let place = Place::new(&daemon.uri());
    let folder = place.path().display();
    let connect = daemon.connect();
    let xml = format!("<pool type='dir'><name>p</name><target><path>{folder}</path></target></pool>");
    let pool = connect.create_storage_pool_xml(&xml, 0).unwrap();
    let xml = "<volume><name>sparse.img</name><capacity unit='MiB'>64</capacity><allocation>0</allocation></volume>";
    let volume = StorageVol::create_xml(&pool, xml, 0).unwrap();

    let stream = Stream::new(&connect, 0).unwrap();
    volume.upload(&stream, 0, 64 * MEGABYTE, sys::VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM).unwrap();
    send_hole(&stream, 32 * MEGABYTE).unwrap();
    let block = vec![7u8; 65_536];
    let mut sent = 0;
    while sent < block.len() {
        sent += usize::try_from(stream.send(&block[sent..]).unwrap()).unwrap();
    }
    send_hole(&stream, 32 * MEGABYTE - 65_536).unwrap();
    stream.finish().unwrap();
    let file = place.path().join("sparse.img");
    let there = fs::metadata(&file).unwrap();
    assert_eq!(there.len(), 64 * MEGABYTE);
    assert!(there.blocks() * 512 < MEGABYTE, "the holes take {} bytes", there.blocks() * 512);
    let mut bytes = Vec::new();
    fs::File::open(&file).unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.iter().position(|byte| *byte == 7), Some(32 << 20));

    let stream = Stream::new(&connect, 0).unwrap();
    volume.download(&stream, 0, 64 * MEGABYTE, sys::VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM).unwrap();
    let (mut parts, mut buffer) = (Vec::new(), vec![0; 65_536]);
    let mut data = 0;
    loop {
        match receive_sparse(&stream, &mut buffer).unwrap() {
            Received::Data(bytes) => {
                assert!(buffer[..bytes].iter().all(|byte| *byte == 7));
                data += bytes;
            }
            part @ Received::Hole(_) => parts.push((data, part)),
            Received::End => break,
        }
    }
    stream.finish().unwrap();
    let holes = [(0, Received::Hole(32 * MEGABYTE)), (65_536, Received::Hole(32 * MEGABYTE - 65_536))];
    assert_eq!((parts, data), (holes.to_vec(), 65_536));

    // A stream that nobody made sparse has no holes.
    let stream = Stream::new(&connect, 0).unwrap();
    send_hole(&stream, 1).unwrap_err();
    receive_sparse(&stream, &mut buffer).unwrap_err();
    send_hole(&stream, u64::MAX).unwrap_err();
}

#[test]
fn node_devices_are_kept_as_definitions() {
    let Some(daemon) = Daemon::start() else { return };
    if !support::has_mdevctl() {
        return;
    }
    let connect = daemon.connect();
    let parent = support::pci_device(&connect);
    let xml = format!(
        "<device><parent>{parent}</parent><capability type='mdev'><type id='i915-GVTg_V5_4'/>\
         <uuid>5a4b9c9e-0b4b-4b6b-8f3c-3b2d5b8f8a61</uuid></capability></device>"
    );
    define_node_device(&connect, &xml.replace(&parent, "pci_none"), 0).unwrap_err();
    let device = define_node_device(&connect, &xml, 0).unwrap();
    assert!(node_device_is_persistent(&device).unwrap());
    assert!(!node_device_is_active(&device).unwrap());
    assert!(!node_device_autostart(&device).unwrap());
    set_node_device_autostart(&device, true).unwrap();
    assert!(node_device_autostart(&device).unwrap());
    // No device of a machine that tests run on can be split.
    create_node_device(&device, 0).unwrap_err();
    undefine_node_device(&device, 0).unwrap();
    undefine_node_device(&device, 0).unwrap_err();
}
