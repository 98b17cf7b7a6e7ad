using System.Diagnostics;

namespace Avion.Compute.Tests;

/// <summary>The operations again in processes that are forced to other instruction sets.</summary>
public sealed class VectorWidthTests
{
    [Theory]
    [InlineData("AVION_VECTOR_BITS", "512")]
    [InlineData("AVION_VECTOR_BITS", "256")]
    [InlineData("AVION_VECTOR_BITS", "128")]
    [InlineData("AVION_VECTOR_BITS", "1")]
    [InlineData("DOTNET_EnableAVX2", "0")]
    public void Operations_pass_their_checks_with_forced_instruction_set(string variable, string value)
    {
        string program = Environment.ProcessPath!;
        Assert.SkipWhen(Path.GetFileNameWithoutExtension(program) == "dotnet", "needs the test program itself, not a host that loads it");
        ProcessStartInfo start = new(program)
        {
            ArgumentList =
            {
                "--filter-method", $"{typeof(OpCaseTests).FullName}.{nameof(OpCaseTests.Operation_passes_check_of_instructions)}",
                "--no-ansi", "--no-progress",
            },
            Environment = { [variable] = value },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{variable}={value}: exit code {process.ExitCode}\n{output}");
    }
}
