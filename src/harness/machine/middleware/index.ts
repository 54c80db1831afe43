/** Devices that wrap another device: each implements DeviceModel and passes on what it does not change. */
export * from './controlled-device.js';
