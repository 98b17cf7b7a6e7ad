namespace Avion.App.Tests;

/// <summary>What `avion doctor` tells of GPUs, on simulated ones.</summary>
[Collection(nameof(GpuCheckTests))]
public sealed class DoctorGpuTests
{
    [Fact]
    public void A_card_has_its_memory_its_place_and_its_sensors()
    {
        using SimulatedDriver simulated = new(new SimulatedDevice(ComputeCapability: 89, MemoryBytes: 24L << 30));
        IReadOnlyList<Finding> findings = Gpu.Examine(new CudaDriver(SimulatedDriver.Find));
        Assert.Equal(["gpu", "gpu 0", "cublaslt", "nvml"], findings.Select(finding => finding.Name));
        Assert.All(findings, finding => Assert.True(finding.Found && !finding.Required));
        Assert.Equal(
            [
                "driver 570.86.10, CUDA 12.8, 1 card",
                "Simulated GPU 89, compute capability 8.9, 24.0 GiB, 0000:01:00.0; now 91 % busy, 0.0 GiB used, 250 W, 1500 of 1800 MHz",
                "12.8.4, cuBLASLt",
                "NVML",
            ],
            findings.Select(finding => finding.Detail));
    }

    [Fact]
    public void Of_several_cards_it_tells_what_they_exchange_tensors_by_and_which_are_too_old()
    {
        using SimulatedDriver simulated = new(new SimulatedDevice(), new SimulatedDevice(), new SimulatedDevice(ComputeCapability: 75));
        IReadOnlyList<Finding> findings = Gpu.Examine(new CudaDriver(SimulatedDriver.Find));
        Assert.Equal(["gpu", "gpu 0", "gpu 1", "gpu 2", "cublaslt", "nccl", "peer access", "nvml"], findings.Select(finding => finding.Name));
        Assert.Equal("2.23.4, NCCL", findings[5].Detail);
        Assert.Equal("0-1 reach each other's memory; other pairs exchange by way of the host", findings[6].Detail);
        Assert.Equal((false, true), (findings[3].Found, findings[2].Found));
        Assert.EndsWith("0000:03:00.0, too old: Avion needs 8.0 or later", findings[3].Detail);
    }

    [Fact]
    public void A_library_that_is_missing_or_too_old_is_told_and_the_rest_is_looked_at()
    {
        using SimulatedDriver simulated = new(new SimulatedDevice());
        IReadOnlyList<Finding> findings = Gpu.Examine(new CudaDriver(name =>
            name is "cublasLtMatmul" or "nvmlInit_v2" ? 0 : SimulatedDriver.Find(name)));
        Assert.Equal(["gpu", "gpu 0", "cublaslt", "nvml"], findings.Select(finding => finding.Name));
        Assert.Equal([true, true, false, false], findings.Select(finding => finding.Found));
        Assert.Equal("CUDA 12.8, 1 card", findings[0].Detail);
        Assert.Equal("cuBLASLt has no function cublasLtMatmul: it is older than CUDA 12. Update it.", findings[2].Detail);
    }
}
