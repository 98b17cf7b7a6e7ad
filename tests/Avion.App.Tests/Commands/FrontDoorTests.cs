namespace Avion.App.Tests;

/// <summary>The script <c>./avion</c> starts the program from wherever and however it is called.</summary>
public sealed class FrontDoorTests
{
    // A machine with the SDK, as far as the script looks.
    private const string ListsSdk = "[ \"$1\" = --list-sdks ] && echo '10.0.100 [/dotnet]' && exit";

    private static readonly string s_script = Repository.Path("avion");

    [Fact]
    public async Task A_symbolic_link_in_another_folder_starts_the_program()
    {
        using TemporaryFolder folder = new();
        File.CreateSymbolicLink(folder.File("far"), s_script);
        File.CreateSymbolicLink(folder.File("avion"), folder.File("far"));
        await StartsAsync(folder.File("avion"), folder.FullName);
    }

    [Fact]
    public async Task An_exported_CDPATH_leads_nowhere_else()
    {
        using TemporaryFolder folder = new();
        await StartsAsync(s_script, folder.FullName, new() { ["CDPATH"] = $"{Path.GetDirectoryName(Repository.Root)}:/usr" });
    }

    [Fact]
    public async Task An_unset_HOME_is_no_obstacle()
    {
        using TemporaryFolder folder = new();
        await StartsAsync(s_script, folder.FullName, new() { ["HOME"] = null });
    }

    [Fact]
    public async Task A_HOME_that_is_not_there_is_no_obstacle()
    {
        using TemporaryFolder folder = new();
        await StartsAsync(s_script, folder.FullName, new() { ["HOME"] = folder.File("nowhere") });
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_told_before_a_build()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("artifacts"), "a file where the build would make a folder");
        ProcessResult result = await BuildElsewhereAsync(folder, "exit 1");
        Assert.Equal(3, result.ExitCode);
        Assert.Contains($"'{folder.File("artifacts")}', which cannot be written", result.Error);
    }

    [Fact]
    public async Task Without_a_network_a_first_build_says_what_it_needs()
    {
        using TemporaryFolder folder = new();
        ProcessResult result = await BuildElsewhereAsync(folder,
            "echo 'Avion.Cli.csproj : error NU1301: Unable to load the service index for source https://feed/index.json.'; exit 1");
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("https://feed/index.json", result.Error);
        Assert.Contains("packages of NuGet could not be fetched", result.Error);
        Assert.Contains("connect this machine to the network", result.Error);
    }

    [Fact]
    public async Task A_dotnet_without_an_SDK_is_told()
    {
        using TemporaryFolder folder = new();
        AddTool(folder, "dotnet", "");
        ProcessResult result = await ChildProcess.RunAsync(s_script, ["--help"], environment: With(folder));
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("there is no .NET SDK 10 here: 'dotnet --list-sdks' tells none", result.Error);
    }

    [Fact]
    public async Task Too_few_open_files_are_told_in_a_sentence()
    {
        ProcessResult result = await ChildProcess.RunAsync("bash", ["-c", $"ulimit -n 64; exec '{s_script}' --help"], timeoutSeconds: 300);
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("64 files", result.Error);
        Assert.Contains("ulimit -n", result.Error);
    }

    [Fact]
    public async Task A_low_limit_that_may_be_raised_is_raised()
    {
        ProcessResult result = await ChildProcess.RunAsync("bash", ["-c", $"ulimit -Sn 64; exec '{s_script}' --help"], timeoutSeconds: 300);
        Assert.True(result.ExitCode == 0, result.Error);
    }

    [Fact]
    public async Task Commands_that_only_look_install_nothing()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("needs a shell of Unix");
            return;
        }

        using TemporaryFolder folder = new();
        Array.ForEach(["apt-get", "apt-cache", "sudo"], tool => AddTool(folder, tool, $"touch '{folder.File("asked")}'; exit 1"));
        AddTool(folder, "ldconfig", "");
        foreach (string command in new[] { "--help", "data info --help", "train --help", "data info nowhere", "doctor" })
        {
            await ChildProcess.RunAsync(s_script, command.Split(' '), environment: With(folder), timeoutSeconds: 300);
            Assert.False(File.Exists(folder.File("asked")), $"'{command}' asked for packages.");
        }

        // What the program itself would say is another test's: here the script alone runs.
        AddTool(folder, "dotnet", ListsSdk);
        foreach (string command in new[]
        {
            "demo", "board", "report", "train", "eval", "bench step", "embed", "extract", "search", "classify", "plan recipe --measure",
            "data prepare", "data verify", "data index",
        })
        {
            File.Delete(folder.File("asked"));
            await ChildProcess.RunAsync(s_script, command.Split(' '), environment: With(folder));
            Assert.True(File.Exists(folder.File("asked")), $"'{command}' decodes or computes and did not look for packages.");
        }
    }

    private static void AddTool(TemporaryFolder folder, string name, string script)
    {
        File.WriteAllText(folder.File(name), $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder.File(name), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    /// <summary>The environment in which a folder's tools come before the machine's.</summary>
    private static Dictionary<string, string?> With(TemporaryFolder folder) =>
        new() { ["PATH"] = $"{folder.FullName}:{Environment.GetEnvironmentVariable("PATH")}" };

    /// <summary>Runs a copy of the script in a folder where nothing is built yet, with a <c>dotnet</c> that does something else.</summary>
    private static async Task<ProcessResult> BuildElsewhereAsync(TemporaryFolder folder, string build)
    {
        File.Copy(s_script, folder.File("avion"));
        AddTool(folder, "dotnet", $"{ListsSdk}\n{build}");
        return await ChildProcess.RunAsync(folder.File("avion"), ["--help"], environment: With(folder));
    }

    private static async Task StartsAsync(string script, string folder, Dictionary<string, string?>? environment = null)
    {
        ProcessResult result = await ChildProcess.RunAsync(script, ["--help"], folder, environment, timeoutSeconds: 300);
        Assert.True(result.ExitCode == 0, $"{result.ExitCode}: {result.Error}");
        Assert.Contains("Avion trains large video models", result.Output);
    }
}
