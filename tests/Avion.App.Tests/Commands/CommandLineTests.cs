using System.Xml.Linq;

namespace Avion.App.Tests;

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
    [InlineData("demo --seed many", "--seed is 'many', expected a whole number")]
    [InlineData("trian recipe.yaml", "Did you mean 'avion train'?")]
    [InlineData("doctor --jsn", "Did you mean '--json'?")]
    [InlineData("data prepare videos", "'avion data prepare' lacks its DESTINATION.")]
    [InlineData("data prepare a b --profile best", "--profile is 'best', expected one of compatible, fast, faster, intra.")]
    [InlineData("data", "'avion data' needs a command: prepare, verify, info, index.")]
    [InlineData("bench decode", "See 'avion bench decode --help'.")]
    [InlineData("train x.yaml --threads -1", "--threads is -1, expected 0 to")]
    [InlineData("model ViT-B/16 --frames x", "--frames is 'x', expected a whole number.")]
    [InlineData("train x.yaml --device auto --devices cpu:2", "--device and --devices are the same option, with 'auto' and 'cpu:2': give it once.")]
    [InlineData("train x.yaml --threads 1 --threads 2", "--threads is given with '1' and '2': give it once.")]
    [InlineData("embed w.safetensors --video a.mp4 --start 50", "'avion embed' has no option '--start'.")]
    [InlineData("embed w.safetensors --video a.mp4 --vidoe=b.mp4", "'avion embed' has no option '--vidoe'. Did you mean '--video'?")]
    [InlineData("bench learn --only contrastive --device cuda", "'avion bench learn' has no option '--device'.")]
    public async Task A_wrong_command_line_ends_with_2_and_names_what_is_wrong(string commandLine, string named)
    {
        ProcessResult result = await AvionProgram.RunAsync(commandLine.Split(' '));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(named, result.Error);
        Assert.Contains("--help", result.Error);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task Texts_that_begin_with_dashes_are_no_options()
    {
        ProcessResult result = await AvionProgram.RunAsync("embed", "no-such.safetensors", "--text", "-- a word");
        Assert.Contains("There is no file or folder 'no-such.safetensors'", result.Error);
        result = await AvionProgram.RunAsync("embed", "--text", "a word", "--", "--no-such");
        Assert.Contains("There is no file or folder '--no-such'", result.Error);
    }

    [Theory]
    [InlineData("p.json", "p.json")]
    [InlineData("p.npy", "p.txt")]
    [InlineData("p.npy", "p.video.npy")]
    public async Task An_export_replaces_no_file_unless_it_is_told_to(string export, string existing)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File(existing), "mine");
        string[] arguments = ["eval", folder.File("no-such-run"), "--export", folder.File(export)];
        ProcessResult result = await AvionProgram.RunAsync(arguments);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"'{folder.File(existing)}' exists already; give another name, or replace it with --force.", result.Error);
        result = await AvionProgram.RunAsync([.. arguments, "--force"]);
        Assert.Contains("There is no file or folder", result.Error);
        Assert.Equal("mine", File.ReadAllText(folder.File(existing)));
    }

    [Theory]
    [InlineData("data prepare {0} {0}", 2, "is the source itself")]
    [InlineData("data prepare {0} {0}/chunks", 2, "lies in, the source")]
    [InlineData("data prepare {0} {0}-chunks", 2, "holds no video")]
    [InlineData("data verify {0}", 2, "holds no video")]
    [InlineData("data info {0}", 2, "holds no video")]
    [InlineData("data index {0}", 2, "holds no video")]
    [InlineData("convert {0}/none.pt {0}/out --to avion", 2, "There is no file")]
    public async Task A_folder_with_nothing_in_it_is_told_rather_than_called_done(string commandLine, int exitCode, string told)
    {
        using TemporaryFolder folder = new();
        ProcessResult result =
            await AvionProgram.RunAsync([.. commandLine.Split(' ').Select(word => word.Replace("{0}", folder.FullName))]);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(told, result.Error);
        Assert.Empty(result.Output);
        Assert.Empty(Directory.GetFileSystemEntries(folder.FullName));
    }

    /// <summary>One rule for all commands: what is not there is code 2 and one sentence, and nothing is made.</summary>
    [Theory]
    [InlineData("data info {0}/no/a.mp4", "a video, a tar shard or a folder of videos")]
    [InlineData("data verify {0}/no/a.tar", "a video, a tar shard or a folder of videos")]
    [InlineData("data index {0}/no/a", "a folder of videos or a tar shard")]
    [InlineData("data prepare {0}/no/a {0}/out", "a video or a folder of videos")]
    [InlineData("convert {0}/no/a.pt {0}/out --to avion", "weights, a checkpoint or a run")]
    [InlineData("embed {0}/no/a.safetensors --text hello", "a run, a checkpoint or a file of weights")]
    [InlineData("eval {0}/no/run", "a run, a checkpoint or a file of weights")]
    [InlineData("train --resume {0}/no/run", "a run folder")]
    [InlineData("train --resume {0}/no/run --dry-run", "a run folder")]
    [InlineData("bench decode --root {0}/no/a", "a video or a folder of videos")]
    public async Task A_path_that_is_not_there_is_code_2_in_every_command(string commandLine, string expected)
    {
        using TemporaryFolder folder = new();
        ProcessResult result =
            await AvionProgram.RunAsync([.. commandLine.Split(' ').Select(word => word.Replace("{0}", folder.FullName))]);
        string path = commandLine.Split(' ').First(word => word.Contains("/no/", StringComparison.Ordinal)).Replace("{0}", folder.FullName);
        Assert.Equal(2, result.ExitCode);
        Assert.Equal($"There is no file or folder '{path}', expected {expected}. Check the path: it exists as far as '{folder.FullName}'.",
            result.Error.TrimEnd());
        Assert.Empty(result.Output);
        Assert.Empty(Directory.GetFileSystemEntries(folder.FullName));
    }

    [Fact]
    public async Task A_conversion_counts_what_it_passes_over_and_fails_where_it_finds_no_model()
    {
        using TemporaryFolder folder = new();
        string input = Repository.Asset("torch", "members.pt");
        ProcessResult failed = await AvionProgram.RunAsync("convert", input, folder.File("out"), "--to", "avion");
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("not those of a whole model", failed.Error);
        Assert.Contains("optimizer_object", failed.Error);
        Assert.Empty(Directory.GetFileSystemEntries(folder.FullName));
        ProcessResult repacked = await AvionProgram.RunAsync("convert", input, folder.File("out"), "--to", "safetensors");
        Assert.Equal(0, repacked.ExitCode);
        Assert.Contains("2 tensors", repacked.Output);
        Assert.Contains("Passed over", repacked.Error);
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

    /// <summary>One rule for all commands: nothing is opened or computed for a place that takes no files.</summary>
    [Theory]
    [InlineData("demo --data-only --quick --output {0}")]
    [InlineData("demo --data-only --quick --json {0}", true)]
    [InlineData("extract {1} {1} --output {0}")]
    [InlineData("embed {1} --text hello --output {0}")]
    [InlineData("export {1} --to onnx --output {0}")]
    [InlineData("data prepare {1} {0}")]
    [InlineData("convert {1} {0}.safetensors --to avion", true)]
    [InlineData("eval {1} --export {0}.json", true)]
    [InlineData("bench extract --output {0}")]
    [InlineData("bench data --folder {0}")]
    [InlineData("bench step {2} --steps 1 --trace {0}/trace.json")]
    [InlineData("search {1} red {1} --cache {0}")]
    public async Task An_output_that_cannot_be_written_is_code_2_in_every_command(string commandLine, bool needsFolder = false)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("file"), "");
        List<(string Place, string Told)> places = [(folder.File("file", "out"), $"'{folder.File("file")}' is a file, no folder. Name another place.")];
        if (OperatingSystem.IsLinux())
        {
            places.Add(("/proc/out", "'/proc' takes no files. Name another place."));
        }

        foreach ((string place, string told) in places)
        {
            ProcessResult result = await AvionProgram.RunAsync(
                [.. commandLine.Split(' ').Select(word => word.Replace("{0}", place).Replace("{1}", folder.File("file"))
                    .Replace("{2}", Repository.Path("recipes", "demo.yaml")))]);
            Assert.Equal((2, ""), (result.ExitCode, result.Output));
            Assert.Contains($"'{place}", result.Error);
            Assert.EndsWith(needsFolder && place.StartsWith(folder.FullName, StringComparison.Ordinal) ? "" : told, result.Error.TrimEnd());
            Assert.Single(result.Error.TrimEnd().Split('\n'));
        }

        Assert.Equal(["file"], Directory.GetFileSystemEntries(folder.FullName).Select(Path.GetFileName));
    }
}
