using System.Text.Json;
using Avion.Compute;
using Avion.Models;

namespace Avion.App.Tests;

public sealed class ConvertTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ConvertTests()
    {
        using CpuDevice device = new(1);
        using DualEncoder model = DualEncoder.Create(new DualEncoderConfig
        {
            EmbeddingSize = 6,
            Vision = new VisionConfig
            {
                ImageSize = 8, PatchSize = 4, FrameCount = 2, Width = 12, LayerCount = 1, HeadCount = 3, Gelu = GeluKind.Quick,
            },
            Text = new TextConfig { ContextLength = 8, VocabularySize = 516, Width = 10, LayerCount = 1, HeadCount = 5 },
        }, device, seed: 1);
        Directory.CreateDirectory(_folder.File("checkpoint"));
        Checkpoint.Save(_folder.File("checkpoint"), model);
        File.WriteAllText(_folder.File("checkpoint", "vocabulary.txt"), "#version: 0.2\nt h\nth e</w>\n");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_checkpoint_goes_to_open_clip_and_back_with_its_heads_its_gelu_and_its_vocabulary()
    {
        JsonElement there = await Json("convert", _folder.File("checkpoint"), _folder.File("theirs.pt"), "--to", "open_clip", "--json");
        Assert.Equal("open_clip", there.GetProperty("to").GetString());
        JsonElement back = await Json("convert", _folder.File("theirs.pt"), _folder.File("m.safetensors"), "--to", "avion", "--json");
        Assert.Equal("OpenAI CLIP", back.GetProperty("family").GetString());
        Assert.StartsWith("bpe-516-", back.GetProperty("tokenizer").GetString());
        JsonElement model = back.GetProperty("model");
        Assert.Equal(("3", "quick", "5"), (model.GetProperty("vision.heads").GetString(), model.GetProperty("vision.gelu").GetString(),
            model.GetProperty("text.heads").GetString()));
        Assert.Equal("#version: 0.2\nt h\nth e</w>\n", Checkpoint.ReadDetails(_folder.File("m.safetensors")).Vocabulary);

        await Json("convert", _folder.File("checkpoint"), _folder.File("own.safetensors"), "--to", "avion", "--json");
        Assert.Equal("#version: 0.2\nt h\nth e</w>\n", Checkpoint.ReadDetails(_folder.File("own.safetensors")).Vocabulary);
    }

    [Fact]
    public async Task Heads_that_nothing_tells_are_asked_for_and_taken_from_the_command_line()
    {
        await Json("convert", _folder.File("checkpoint"), _folder.File("theirs.pt"), "--to", "openai", "--json");
        using (TensorArchive archive = TensorArchive.Open(_folder.File("theirs.pt")))
        using (TorchFileWriter writer = new(_folder.File("bare.pt"), archive.Entries, new TorchFileLayout()))
        {
            foreach (TensorEntry entry in archive.Entries)
            {
                byte[] bytes = new byte[entry.ByteCount];
                archive.ReadBytes(entry, 0, bytes);
                writer.Write(entry, bytes);
            }

            writer.Complete();
        }

        ProcessResult refused = await AvionProgram.RunAsync("convert", _folder.File("bare.pt"), _folder.File("m.safetensors"), "--to", "avion");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("Nothing tells how many attention heads the vision transformer of width 12 has", refused.Error);
        Assert.Contains("--heads N", refused.Error);
        JsonElement model = (await Json("convert", _folder.File("bare.pt"), _folder.File("m.safetensors"), "--to", "avion", "--heads", "3",
            "--text-heads", "5", "--json")).GetProperty("model");
        Assert.Equal(("3", "5"), (model.GetProperty("vision.heads").GetString(), model.GetProperty("text.heads").GetString()));
    }

    [Fact]
    public async Task A_file_that_exists_is_replaced_when_told_to_and_if_it_holds_weights()
    {
        File.WriteAllText(_folder.File("recipe.yaml"), "mine");
        File.WriteAllText(_folder.File("w.safetensors"), "mine");
        await Json("convert", _folder.File("checkpoint"), _folder.File("m.safetensors"), "--to", "avion", "--json");
        byte[] weights = File.ReadAllBytes(_folder.File("m.safetensors"));
        await Refused("recipe.yaml", "exists already; give another name, or replace it with --force.");
        await Refused("m.safetensors", "exists already");
        await Refused("recipe.yaml", "exists and is no file of weights, so it is not replaced", "--force");
        await Refused("w.safetensors", "exists and is no file of weights", "--force");
        Assert.Equal(weights, File.ReadAllBytes(_folder.File("m.safetensors")));
        Assert.Equal("minemine", File.ReadAllText(_folder.File("recipe.yaml")) + File.ReadAllText(_folder.File("w.safetensors")));
        await Json("convert", _folder.File("checkpoint"), _folder.File("m.safetensors"), "--to", "open_clip", "--force", "--json");
        Assert.NotEqual(weights, File.ReadAllBytes(_folder.File("m.safetensors")));

        async Task Refused(string output, string sentence, params string[] more)
        {
            ProcessResult result =
                await AvionProgram.RunAsync(["convert", _folder.File("checkpoint"), _folder.File(output), "--to", "avion", .. more]);
            Assert.Equal(2, result.ExitCode);
            Assert.Contains(sentence, result.Error);
        }
    }

    [Theory]
    [InlineData("There is no file or folder 'absent.pt', expected weights, a checkpoint or a run.", "convert", "absent.pt", "out.safetensors", "--to", "avion")]
    [InlineData("--heads is 0, expected at least 1.", "convert", "absent.pt", "out.safetensors", "--to", "avion", "--heads", "0")]
    [InlineData("neither a checkpoint nor a run", "convert", "/", "out.safetensors", "--to", "avion")]
    public async Task A_wrong_command_is_a_sentence_and_exit_code_2(string sentence, params string[] arguments)
    {
        ProcessResult result = await AvionProgram.RunAsync(arguments);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(sentence, result.Error);
    }

    [Fact]
    public async Task A_model_is_told_as_JSON()
    {
        JsonElement model = await Json("model", "ViT-B/16", "--json", "--tensors");
        Assert.Equal(149_296_129, model.GetProperty("parameters").GetInt64());
        Assert.Equal(85_999_104, model.GetProperty("parts").GetProperty("visual").GetInt64());
        Assert.Equal(303, model.GetProperty("tensors").GetArrayLength());
        Assert.True(model.GetProperty("step").GetProperty("needed_gigaflop").GetDouble() > 400);
    }

    private static async Task<JsonElement> Json(params string[] arguments)
    {
        ProcessResult result = await AvionProgram.RunAsync(arguments);
        Assert.True(result.ExitCode == 0, result.Error);
        using JsonDocument document = JsonDocument.Parse(result.Output);
        return document.RootElement.Clone();
    }
}
