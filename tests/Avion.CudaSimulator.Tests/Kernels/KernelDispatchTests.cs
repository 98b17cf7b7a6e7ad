namespace Avion.CudaSimulator.Tests;

/// <summary>No operation that the processor has is without a kernel for GPUs.</summary>
public sealed class KernelDispatchTests
{
    private const string Refusal = "RequirePlanning(";

    [Fact]
    public void Every_dispatch_over_the_devices_has_a_case_for_CUDA()
    {
        string folder = Repository.Path("src", "Avion.Compute", "Kernels");
        (string Name, string Cases)[] dispatches =
        [
            .. from file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
               from part in File.ReadAllText(file).Split("switch (").Skip(1)
               let end = part.IndexOf(Refusal, StringComparison.Ordinal)
               where end >= 0
               select (Path.GetFileNameWithoutExtension(file), part[..end]),
        ];
        Assert.Contains(dispatches, dispatch => dispatch.Name == nameof(LayerNorm));
        Assert.DoesNotContain(dispatches, dispatch => !dispatch.Cases.Contains("case CudaDevice cuda:", StringComparison.Ordinal));
    }
}
