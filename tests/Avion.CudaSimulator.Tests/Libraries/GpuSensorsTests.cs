namespace Avion.CudaSimulator.Tests;

/// <summary>Sensors of simulated GPUs.</summary>
public sealed class GpuSensorsTests
{
    [Fact]
    public void Sensors_are_those_of_the_card_at_the_devices_place_on_the_bus()
    {
        using SimulatedDriver simulated = new(new SimulatedDevice(), new SimulatedDevice(MemoryBytes: 1 << 20));
        CudaDriver driver = new(SimulatedDriver.Find);
        driver.MakeCurrent(driver.RetainPrimaryContext(driver.Device(1)));
        nint memory = driver.Allocate(4096);
        Assert.True(GpuSensors.TryOpen(driver, 1, out GpuSensors? sensors, out _));
        Assert.Equal(new GpuReading(92, 4096, 250.002, null, 1500, 1800), sensors!.Read());
        Assert.Equal("570.86.10", sensors.DriverVersion);
        driver.Free(memory);
    }

    [Fact]
    public void A_card_that_is_lost_has_no_readings_and_ends_nothing()
    {
        GpuSensors? sensors;
        using (SimulatedDriver simulated = new(new SimulatedDevice()))
        {
            Assert.True(GpuSensors.TryOpen(new CudaDriver(SimulatedDriver.Find), 0, out sensors, out _));
        }

        Assert.Equal(default, sensors!.Read());
        Assert.Equal(default, sensors.Read());
    }

    [Fact]
    public void A_machine_without_the_library_says_so()
    {
        using SimulatedDriver simulated = new(new SimulatedDevice());
        CudaDriver driver = new(name => name.StartsWith("nvml", StringComparison.Ordinal) ? 0 : SimulatedDriver.Find(name));
        Assert.False(GpuSensors.TryOpen(driver, 0, out GpuSensors? none, out string missing));
        Assert.Null(none);
        Assert.StartsWith("The sensors of the GPU at 0000:01:00.0 cannot be read: NVML has no function nvmlErrorString", missing);
    }
}
