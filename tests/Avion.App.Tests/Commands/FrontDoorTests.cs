namespace Avion.App.Tests;

/// <summary>The script <c>./avion</c> starts the program from wherever and however it is called.</summary>
public sealed class FrontDoorTests
{
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
        foreach (string tool in new[] { "apt-get", "apt-cache", "sudo" })
        {
            File.WriteAllText(folder.File(tool), $"#!/bin/sh\ntouch '{folder.File("asked")}'\nexit 1\n");
            File.SetUnixFileMode(folder.File(tool), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        File.WriteAllText(folder.File("ldconfig"), "#!/bin/sh\n");
        File.SetUnixFileMode(folder.File("ldconfig"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Dictionary<string, string?> environment = new() { ["PATH"] = $"{folder.FullName}:{Environment.GetEnvironmentVariable("PATH")}" };
        foreach (string command in new[] { "--help", "data info --help", "train --help", "data info nowhere", "doctor" })
        {
            await ChildProcess.RunAsync(s_script, command.Split(' '), environment: environment, timeoutSeconds: 300);
            Assert.False(File.Exists(folder.File("asked")), $"'{command}' asked for packages.");
        }

        await ChildProcess.RunAsync(s_script, ["data", "index", "nowhere"], environment: environment, timeoutSeconds: 300);
        Assert.True(File.Exists(folder.File("asked")), "A command that decodes did not look for packages: this test sees nothing.");
    }

    private static async Task StartsAsync(string script, string folder, Dictionary<string, string?>? environment = null)
    {
        ProcessResult result = await ChildProcess.RunAsync(script, ["--help"], folder, environment, timeoutSeconds: 300);
        Assert.True(result.ExitCode == 0, $"{result.ExitCode}: {result.Error}");
        Assert.Contains("Avion trains large video models", result.Output);
    }
}
