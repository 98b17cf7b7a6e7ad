namespace Avion.App.Tests;

/// <summary>Faults that a user meets at the program's door.</summary>
public sealed class FaultTests
{
    [Fact]
    public async Task A_process_without_room_for_OpenBLAS_ends_with_a_sentence_and_does_not_spin()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs ulimit");
        try
        {
            MatrixLibraries.Open("openblas");
        }
        catch (DllNotFoundException)
        {
            Assert.Skip("needs OpenBLAS");
        }

        // The runtime itself takes about two gigabytes of address space; 40 threads would need five more.
        ProcessResult result = await ChildProcess.RunAsync("sh",
            ["-c", "ulimit -v 4500000; exec dotnet \"$@\"", "sh", AvionProgram.FullPath, "bench", "step", Repository.Path("recipes", "demo.yaml"),
                "--steps", "1", "--threads", "40", "--no-peak"],
            environment: new Dictionary<string, string?> { ["AVION_BLAS"] = "openblas", ["DOTNET_GCHeapHardLimit"] = "0x20000000" });
        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains("of address space for each of", result.Error);
        Assert.Contains("ulimit -v", result.Error);
    }

    [Theory]
    [InlineData(2, "train", "PIPE")]
    [InlineData(2, "convert", "PIPE", "OUT", "--to", "avion")]
    [InlineData(2, "convert", "/dev/zero", "OUT", "--to", "avion")]
    [InlineData(2, "extract", "PIPE", "FILE")]
    [InlineData(2, "search", "PIPE", "red", "FILE")]
    [InlineData(2, "search", "FILE", "--video", "PIPE", "FILE")]
    [InlineData(2, "classify", "PIPE", "FILE", "--labels", "FILE")]
    [InlineData(2, "embed", "PIPE", "--text", "red")]
    [InlineData(2, "embed", "FILE", "--pixels", "PIPE")]
    [InlineData(2, "export", "PIPE", "--to", "onnx", "--output", "OUT")]
    [InlineData(2, "eval", "PIPE")]
    [InlineData(2, "board", "PIPE")]
    [InlineData(2, "data", "prepare", "PIPE", "OUT")]
    [InlineData(2, "data", "info", "PIPE")]
    [InlineData(2, "search", "FILE", "red", "FILE", "--html", "PIPE", "--force")]
    [InlineData(2, "search", "FILE", "red", "FILE", "--cache", "PIPE")]
    [InlineData(2, "demo", "--quick", "--output", "OUT", "--json", "PIPE")]
    [InlineData(2, "bench", "step", "RECIPE", "--steps", "1", "--trace", "PIPE.json")]
    [InlineData(2, "bench", "data", "--folder", "PIPE")]
    [InlineData(2, "extract", "FILE", "FILE", "--output", "PIPE")]
    public async Task A_pipe_or_device_in_place_of_a_file_is_refused_and_not_waited_for(int exitCode, params string[] arguments)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs mkfifo");
        using TemporaryFolder folder = new();
        Assert.Equal(0, (await ChildProcess.RunAsync("mkfifo", [folder.File("pipe"), folder.File("pipe.json")])).ExitCode);
        File.WriteAllText(folder.File("file"), "red");
        ProcessResult result = await AvionProgram.RunAsync([.. Array.ConvertAll(arguments,
            text => text switch { "PIPE" => folder.File("pipe"), "PIPE.json" => folder.File("pipe.json"), "FILE" => folder.File("file"),
                "RECIPE" => Repository.Path("recipes", "demo.yaml"), "OUT" => folder.File("out"), _ => text })], null, timeoutSeconds: 60);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains("it is a pipe, a socket or a device", result.Error);
        Assert.DoesNotContain("bug in Avion", result.Error);
        Assert.False(Path.Exists(folder.File("out")));
    }

    [Theory]
    [InlineData(">&-", "Standard output cannot be written to: it is not open for writing.")]
    [InlineData(">/dev/full", "Standard output cannot be written to: No space left on device.")]
    public async Task Results_that_standard_output_does_not_take_are_told_by_its_name(string redirection, string told)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /dev/full");
        foreach (string arguments in (string[])["model ViT-B/16", "model ViT-B/16 --json", "--help"])
        {
            ProcessResult result = await ChildProcess.RunAsync("sh", ["-c", $"dotnet '{AvionProgram.FullPath}' {arguments} {redirection}"]);
            Assert.Equal(1, result.ExitCode);
            Assert.Contains(told, result.Error);
        }
    }

    [Fact]
    public async Task Without_standard_error_a_command_does_its_work_and_keeps_its_code()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell that closes a stream");
        foreach ((string arguments, int exitCode) in ((string, int)[])[("nothing", 2), ("search no-such-model red .", 2), ("model ViT-B/16", 0)])
        {
            ProcessResult result = await ChildProcess.RunAsync("sh", ["-c", $"dotnet '{AvionProgram.FullPath}' {arguments} 2>&-"]);
            Assert.Equal(exitCode, result.ExitCode);
        }
    }

    [Theory]
    [InlineData("--allow-restart")]
    [InlineData("--allow-other-arithmetic")]
    public async Task Allowances_are_for_runs_that_are_resumed(string option)
    {
        ProcessResult result = await AvionProgram.RunAsync("train", "--resume", "no-such-run", option);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("There is no file or folder 'no-such-run'", result.Error);
    }
}
