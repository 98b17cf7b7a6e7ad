namespace Avion.CudaSimulator.Tests;

/// <summary>No operation that the processor has is without a kernel for GPUs.</summary>
public sealed class KernelDispatchTests
{
    private const string Refusal = "RequirePlanning(";

    // Optimizers walk host memory there; their kernels for GPUs are called before.
    private static readonly string[] s_ofTheHost = ["FlatUpdate"];

    [Fact]
    public void Every_dispatch_over_the_devices_has_a_case_for_CUDA()
    {
        string folder = Repository.Path("src", "Avion.Compute", "Kernels");
        string[] missing =
        [
            .. from file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
               let switches = File.ReadAllText(file).Split("switch (")
               where switches.Skip(1).Any(dispatch => dispatch.IndexOf(Refusal, StringComparison.Ordinal) is >= 0 and int end
                   && !dispatch[..end].Contains("case CudaDevice cuda:", StringComparison.Ordinal))
               orderby file
               select Path.GetFileNameWithoutExtension(file),
        ];
        Assert.Equal(s_ofTheHost, missing);
    }
}
