# A part of a spec in a file of its own.
{
  tpye = "network"; # at tpye: devices.interface.tpye
}
