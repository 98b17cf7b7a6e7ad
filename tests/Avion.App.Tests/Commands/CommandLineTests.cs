using System.IO;
using System.Threading.Tasks;
using System.Xml.Linq;
using Avion.Testing;

namespace Avion.App.Tests.Commands;

public sealed class CommandLineTests
{
    [Fact]
    public async Task No_arguments_show_the_help_and_succeed()
    {
        ProcessResult result = await AvionProgram.RunAsync();
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("doctor", result.Output);
        Assert.Contains("demo", result.Output);
    }

    [Fact]
    public async Task Version_is_the_one_in_the_version_file()
    {
        string version = XDocument.Load(Repository.Path("Version.props")).Root!.Element("PropertyGroup")!.Element("VersionPrefix")!.Value;
        ProcessResult result = await AvionProgram.RunAsync("--version");
        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith(version, result.Output);
    }

    [Theory]
    [InlineData("fly", "fly")]
    [InlineData("doctor --jsn", "--jsn")]
    [InlineData("demo --seed many", "many")]
    public async Task A_wrong_command_line_ends_with_2_and_names_what_is_wrong(string commandLine, string named)
    {
        ProcessResult result = await AvionProgram.RunAsync(commandLine.Split(' '));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(named, result.Error);
        Assert.Contains("--help", result.Error);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task The_demo_leaves_a_folder_with_other_files_alone()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("thesis.txt"), "years of work");
        ProcessResult result = await AvionProgram.RunAsync("demo", "--data-only", "--quick", "--output", folder.FullName);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(folder.FullName, result.Error);
        Assert.Equal([folder.File("thesis.txt")], Directory.GetFileSystemEntries(folder.FullName));
    }

    [Fact]
    public async Task An_output_folder_that_cannot_be_made_ends_with_1_and_one_sentence()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("file"), "");
        ProcessResult result = await AvionProgram.RunAsync("demo", "--data-only", "--quick", "--output", folder.File("file", "demo"));
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(folder.File("file"), result.Error);
        Assert.DoesNotContain("   at ", result.Error);
    }
}
