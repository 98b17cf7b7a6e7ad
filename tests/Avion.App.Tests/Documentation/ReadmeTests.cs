using System.IO.Compression;
using System.Text.RegularExpressions;

namespace Avion.App.Tests;

/// <summary>What README.md tells under "Your own videos", typed as it stands there: folders called VIDEOS and CHUNKS, lists, weights in the
/// form that OpenAI publishes, only small.</summary>
public sealed class ReadmeTests : IDisposable
{
    // What a test cannot wait for: as much as is published is learned in an epoch of few clips, and a minute of measuring is two seconds.
    private static readonly string[] s_shorter =
        ["--set", "train.epochs=2", "--set", "schedule.warmup_epochs=0", "--set", "train.batch_size=4"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Own_videos_are_prepared_trained_on_evaluated_searched_classified_and_exported()
    {
        Finding program = FfmpegProgram.Examine(), libraries = FfmpegDecoder.Examine();
        Assert.SkipUnless(program.Found && libraries.Found, $"needs ffmpeg: {program.Detail}; {libraries.Detail}");
        await WriteInputsAsync();
        string text = File.ReadAllText(Repository.Path("README.md"));
        string section = text[text.IndexOf("## Your own videos", StringComparison.Ordinal)..];
        section = section[..section.IndexOf("## What it reaches", StringComparison.Ordinal)];
        string[] commands = [.. Regex.Matches(section, @"(?:^|`)\./avion ([^`\n]+)", RegexOptions.Multiline)
            .Select(match => match.Groups[1].Value)];
        Assert.Equal(["data", "train", "eval", "train", "search", "train", "plan", "board", "classify", "export"],
            commands.Select(command => command.Split(' ')[0]));
        foreach (string command in commands.Where(command => !command.StartsWith("board", StringComparison.Ordinal)))
        {
            // NAME and RECIPE are any of the two above.
            string typed = command.Replace("runs/NAME", "runs/finetune-clip").Replace("RECIPE", "runs/finetune-clip/recipe.yaml");
            string[] words = [.. Regex.Matches(typed, "\"([^\"]*)\"|(\\S+)")
                .Select(match => match.Groups[match.Groups[1].Success ? 1 : 2].Value)];
            string[] shorter = words is ["train", not "--resume", ..] ? s_shorter : words[0] == "plan" ? ["--seconds", "2"] : [];
            ProcessResult result = await ChildProcess.RunAsync(
                "dotnet", [AvionProgram.FullPath, .. words, .. shorter], _folder.FullName, timeoutSeconds: 300);
            Assert.True(result.ExitCode == 0, $"avion {typed} ended with {result.ExitCode}:\n{result.Output}\n{result.Error}");
        }

        Assert.Contains("<img", File.ReadAllText(_folder.File("found.html")), StringComparison.Ordinal);
        Assert.NotEmpty(Directory.EnumerateFiles(_folder.File("onnx"), "*.onnx"));
    }

    private async Task WriteInputsAsync()
    {
        Directory.CreateSymbolicLink(_folder.File("recipes"), Repository.Path("recipes"));
        Directory.CreateDirectory(_folder.File("VIDEOS"));
        List<string> lines = ["video,start,end,label,caption"];
        foreach ((string name, string source) in ((string, string)[])[("fridge", "testsrc"), ("stove", "mandelbrot")])
        {
            ProcessResult made = await ChildProcess.RunAsync("ffmpeg",
                ["-v", "error", "-f", "lavfi", "-i", $"{source}=size=128x96:rate=10", "-t", "6", "-pix_fmt", "yuv420p",
                    _folder.File("VIDEOS", name + ".mp4")]);
            Assert.True(made.ExitCode == 0, made.Error);
            lines.AddRange(Enumerable.Range(0, 5).Select(start => $"{name}.mp4,{start},{start + 1},{name},someone opens the {name}"));
        }

        File.WriteAllLines(_folder.File("train.csv"), lines);
        File.WriteAllLines(_folder.File("validation.csv"), lines);
        File.WriteAllLines(_folder.File("labels.txt"), ["fridge", "stove"]);
        using (FileStream file = File.Create(_folder.File("bpe_simple_vocab_16e6.txt.gz")))
        using (StreamWriter merges = new(new GZipStream(file, CompressionLevel.Fastest)))
        {
            merges.Write("\"bpe_simple_vocab_16e6.txt#version: 0.2\nt h\nth e</w>\n");
        }

        WriteWeights();
    }

    /// <summary>Names and kinds of OpenAI's file, nothing beside them, and heads of 64 numbers.</summary>
    private void WriteWeights()
    {
        using CpuDevice device = new(1);
        using DualEncoder model = DualEncoder.Create(new DualEncoderConfig
        {
            EmbeddingSize = 32,
            Vision = new VisionConfig
            {
                ImageSize = 32, PatchSize = 16, FrameCount = 1, Width = 64, LayerCount = 1, HeadCount = 1, Gelu = GeluKind.Quick,
            },
            Text = new TextConfig
            {
                ContextLength = 16, VocabularySize = 516, Width = 64, LayerCount = 1, HeadCount = 1, Gelu = GeluKind.Quick,
            },
        }, device, seed: 1);
        Checkpoint.Save(_folder.File("own.safetensors"), model);
        WeightConversion.ToTorch(_folder.File("own.safetensors"), _folder.File("full.pt"), WeightFamily.OpenAi, new ConversionOptions());
        using TensorArchive archive = TensorArchive.Open(_folder.File("full.pt"));
        using TorchFileWriter writer = new(_folder.File("ViT-B-16.pt"), archive.Entries, new TorchFileLayout());
        foreach (TensorEntry entry in archive.Entries)
        {
            byte[] bytes = new byte[entry.ByteCount];
            archive.ReadBytes(entry, 0, bytes);
            writer.Write(entry, bytes);
        }

        writer.Complete();
    }
}
