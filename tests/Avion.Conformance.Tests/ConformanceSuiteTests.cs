using System.Text.Json.Nodes;

namespace Avion.Conformance.Tests;

public sealed class ConformanceSuiteTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CpuDevice _device = new(2);

    public void Dispose()
    {
        _device.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("clip-small.json", 60)]
    [InlineData("videomae-pretrain-small.json", 48)]
    [InlineData("videomae-classifier-small.json", 33)]
    [InlineData("mir-metrics-small.json", 2)]
    [InlineData("schedule-pretrain.json", 1)]
    [InlineData("losses.json", 46)]
    [InlineData("margin_losses.json", 9)]
    [InlineData("misc.json", 32)]
    public void Every_figure_of_the_reference_is_met(string name, int leastFigures)
    {
        ConformanceFile file = ConformanceSuite.RunFile(Repository.Asset("fixtures", name), new ConformanceContext(_device));
        Assert.Null(file.Fault);
        Assert.True(file.Figures.Count >= leastFigures, $"{file.Figures.Count} figures");
        Assert.Empty(file.Figures.Where(figure => !figure.Passed && !figure.IsSkipped).Select(figure => $"{figure.Name}: {figure.Error} {figure.Note}"));
    }

    [Fact]
    public void Double_precision_meets_everything_to_eight_digits()
    {
        // What is left comes from the epsilon of layer norm, which is a float32 here and a double there.
        using ReferenceDevice reference = new();
        ConformanceFile file = ConformanceSuite.RunFile(Repository.Asset("fixtures", "clip-small.json"), new ConformanceContext(reference));
        Assert.All(file.Figures, figure => Assert.True(figure.Error <= 1e-8, $"{figure.Name}: {figure.Error}"));
    }

    [Theory]
    [InlineData("loss", "loss")]
    [InlineData("gradients.visual.conv1.weight.l2", "gradient visual.conv1.weight")]
    [InlineData("gradients.textual.ln_final.bias.sum", "gradient textual.ln_final.bias")]
    [InlineData("image_embed", "image embeddings")]
    public void A_number_that_is_off_by_a_thousandth_fails_its_figure_alone(string field, string figureName)
    {
        JsonNode fixture = JsonNode.Parse(File.ReadAllText(Repository.Asset("fixtures", "clip-small.json")))!;
        string[] parts = field.StartsWith("gradients.", StringComparison.Ordinal)
            ? ["gradients", field["gradients.".Length..field.LastIndexOf('.')], field[(field.LastIndexOf('.') + 1)..]]
            : [field];
        JsonNode parent = parts[..^1].Aggregate(fixture, (node, part) => node[part]!);
        if (parent[parts[^1]] is JsonArray list)
        {
            list[0] = list[0]!.GetValue<double>() + 1e-3;
        }
        else
        {
            // A sum is measured against its norm times √n, so the fault is taken from there.
            double norm = parent["l2"]?.GetValue<double>() ?? 1;
            parent[parts[^1]] = parent[parts[^1]]!.GetValue<double>() + (norm * 1e-2);
        }

        string path = _folder.File("changed.json");
        File.WriteAllText(path, fixture.ToJsonString());
        ConformanceFile file = ConformanceSuite.RunFile(path, new ConformanceContext(_device));
        Assert.Equal([figureName], file.Figures.Where(figure => !figure.Passed).Select(figure => figure.Name));
        Assert.Equal(1, file.FailedCount);
    }

    [Theory]
    [InlineData("{\"kind\":\"something_new\"}", "'something_new' is not supported yet")]
    [InlineData("{\"a\":1}", "does not tell its kind")]
    [InlineData("[]", "does not tell its kind")]
    [InlineData("{\"kind\":\"clip\"}", "Field 'config' is missing")]
    [InlineData("{", "cannot be compared")]
    public void A_file_that_cannot_be_compared_counts_as_failed_with_the_reason(string json, string expected)
    {
        string path = _folder.File("odd.json");
        File.WriteAllText(path, json);
        ConformanceFile file = ConformanceSuite.RunFile(path, new ConformanceContext(_device));
        Assert.Contains(expected, file.Fault, StringComparison.Ordinal);
        Assert.Equal(1, file.FailedCount);
    }

    [Fact]
    public void A_margin_loss_that_is_off_or_unknown_fails_alone()
    {
        JsonNode fixture = JsonNode.Parse(File.ReadAllText(Repository.Asset("fixtures", "margin_losses.json")))!;
        JsonNode losses = fixture["losses"]!;
        losses["adaptive_0.4"]!["text_gradient"]![3] = losses["adaptive_0.4"]!["text_gradient"]![3]!.GetValue<double>() + 1e-4;
        losses["max_margin_0.3"] = losses["max_margin_0.2"]!.DeepClone();
        losses["triplet_0.2"] = losses["max_margin_0.2"]!.DeepClone();
        string path = _folder.File("margins.json");
        File.WriteAllText(path, fixture.ToJsonString());
        ConformanceFile file = ConformanceSuite.RunFile(path, new ConformanceContext(_device));
        Assert.Equal(["adaptive_0.4, gradient of texts", "max_margin_0.3, loss"],
            file.Figures.Where(figure => !figure.Passed).Select(figure => figure.Name).Take(2));
        Assert.Contains(file.Figures, figure => figure.Name == "triplet_0.2" && figure.Note!.Contains("no such loss", StringComparison.Ordinal));
    }

    [Fact]
    public void Captions_without_a_vocabulary_are_skipped_with_what_to_do()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("AVION_CLIP_VOCABULARY") is null, "AVION_CLIP_VOCABULARY names a vocabulary.");
        string path = _folder.File("captions.json");
        File.WriteAllText(path, """{"kind":"clip_tokenizer","context":77,"cases":[{"text":"a","ids":[1,2,3]}]}""");
        ConformanceFile file = ConformanceSuite.RunFile(path, new ConformanceContext(_device));
        Assert.Equal((0, 0, 1), (file.PassedCount, file.FailedCount, file.SkippedCount));
        Assert.Contains("--vocabulary", file.Figures[0].Note, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vocabulary_beside_the_fixture_is_found()
    {
        string path = _folder.File("captions.json");
        File.WriteAllText(path, """{"kind":"clip_tokenizer","context":4,"cases":[{"text":"a","ids":[513,320,514,0]},{"text":"a","ids":[0,0,0,0]}]}""");
        File.WriteAllText(_folder.File("bpe_simple_vocab_16e6.txt"), "version\ni n</w>\n");
        ConformanceFile file = ConformanceSuite.RunFile(path, new ConformanceContext(_device));
        Assert.Equal((1, 1, 0), (file.PassedCount, file.FailedCount, file.SkippedCount));
    }

    [Fact]
    public void What_float32_cannot_resolve_is_told_and_what_double_precision_does_not_meet_fails()
    {
        JsonNode fixture = JsonNode.Parse(File.ReadAllText(Repository.Asset("fixtures", "other", "clip-close.json")))!;
        string path = _folder.File("close.json");
        File.WriteAllText(path, fixture.ToJsonString());
        ConformanceFile file = ConformanceSuite.RunFile(path, new ConformanceContext(_device));
        Assert.Equal(0, file.FailedCount);
        Assert.Contains(file.Figures, figure => figure.Note is not null && figure.Error > 1e-4 && figure.Tolerance <= 1e-2);

        JsonNode gradient = fixture["gradients"]!["visual.conv1.weight"]!;
        gradient["l2"] = gradient["l2"]!.GetValue<double>() * (1 + 5e-4);
        File.WriteAllText(path, fixture.ToJsonString());
        file = ConformanceSuite.RunFile(path, new ConformanceContext(_device));
        Assert.Equal(["gradient visual.conv1.weight"], file.Figures.Where(figure => !figure.Passed).Select(figure => figure.Name));
    }

    [Theory]
    [InlineData("clip-plain-convolution.json")]
    [InlineData("clip-one-frame.json")]
    [InlineData("clip-one-clip.json")]
    [InlineData("videomae-plain.json")]
    [InlineData("videomae-classifier-plain.json")]
    public void Other_sizes_names_phases_tokens_and_masks_are_met(string name)
    {
        ConformanceFile file = ConformanceSuite.RunFile(Repository.Asset("fixtures", "other", name), new ConformanceContext(_device));
        Assert.Null(file.Fault);
        Assert.Empty(file.Figures.Where(figure => !figure.Passed).Select(figure => $"{figure.Name}: {figure.Error} {figure.Note}"));
    }

    [Fact]
    public void A_folder_without_fixtures_is_an_error() =>
        Assert.Throws<FileNotFoundException>(() => ConformanceSuite.Run(_folder.FullName, new ConformanceContext(_device)));
}
