namespace Avion.Models.Tests;

public sealed unsafe class VideoMaeTests
{
    private static readonly VideoMaeConfig s_tiny = new()
    {
        Tubelets = new TubeletConfig { ImageSize = 8, PatchSize = 4, FrameCount = 4 },
        Encoder = new TransformerSize(12, 2, 3),
        Decoder = new TransformerSize(8, 1, 2),
    };

    [Theory]
    [InlineData(ParameterNaming.Flash, PatchProjectionLayout.Linear, 94_221_696, 202)]
    [InlineData(ParameterNaming.Plain, PatchProjectionLayout.Convolution, 94_210_944, 218)]
    public void Base_has_the_published_parameters(ParameterNaming naming, PatchProjectionLayout layout, long values, int tensors)
    {
        VideoMaeConfig config = VideoMaeConfig.Base with { Tubelets = new TubeletConfig { Naming = naming, PatchProjection = layout } };
        using VideoMae model = VideoMae.Create(config, new PlanningDevice(), seed: 0, withGradients: false);
        Assert.Equal(values, model.Parameters.ValueCount);
        Assert.Equal(tensors, model.Parameters.Parameters.Count);
    }

    [Fact]
    public void Encoder_and_decoder_have_the_published_sizes()
    {
        using VideoMae model = VideoMae.Create(VideoMaeConfig.Base, new PlanningDevice(), seed: 0, withGradients: false);
        Assert.Equal(86_236_416, Count(model, "encoder."));
        Assert.Equal(7_689_984, Count(model, "decoder."));
    }

    [Theory]
    [InlineData("mask_token", new[] { 1, 1, 384 })]
    [InlineData("encoder.patch_embed.proj.weight", new[] { 768, 1536 })]
    [InlineData("encoder.blocks.11.attn.Wqkv.bias", new[] { 2304 })]
    [InlineData("encoder.norm.weight", new[] { 768 })]
    [InlineData("encoder_to_decoder.weight", new[] { 384, 768 })]
    [InlineData("decoder.blocks.3.mlp.fc2.weight", new[] { 384, 1536 })]
    [InlineData("decoder.head.weight", new[] { 1536, 384 })]
    public void Base_has_the_published_tensor(string name, int[] shape)
    {
        using VideoMae model = VideoMae.Create(VideoMaeConfig.Base, new PlanningDevice(), seed: 0, withGradients: false);
        Assert.Equal(Shape.From(shape), model.Parameters[name].Shape);
    }

    [Fact]
    public void The_classifier_of_400_classes_has_the_published_parameters()
    {
        using VideoMaeClassifier model =
            VideoMaeClassifier.Create(VideoMaeClassifierConfig.Base(400), new PlanningDevice(), seed: 0, withGradients: false);
        Assert.Equal(86_544_016, model.Parameters.ValueCount);
        Assert.Equal(new Shape(400, 768), model.Parameters["head.weight"].Shape);
    }

    [Theory]
    [InlineData(ParameterNaming.Flash, true, null)]
    [InlineData(ParameterNaming.Plain, true, null)]
    [InlineData(ParameterNaming.Plain, true, 0.3f)]
    [InlineData(ParameterNaming.Flash, false, null)]
    public void Gradients_match_finite_differences_in_double_precision(ParameterNaming naming, bool normalizesTargets, float? layerScale)
    {
        const double Step = 1e-5;
        using ReferenceDevice device = new();
        VideoMaeConfig config = s_tiny with { Tubelets = s_tiny.Tubelets with { Naming = naming, LayerScale = layerScale },
            NormalizesTargets = normalizesTargets };
        using VideoMae model = VideoMae.Create(config, device, seed: 1);
        using VideoMaeStep step = new(model);
        step.ForwardBackward();
        Dictionary<string, double[]> gradients = model.Parameters.Parameters.ToDictionary(
            parameter => parameter.Name,
            parameter => new ReadOnlySpan<double>((double*)parameter.Gradient.Data, (int)parameter.Shape.Count).ToArray());
        Random random = new(2);
        foreach (Parameter parameter in model.Parameters.Parameters)
        {
            int index = random.Next((int)parameter.Shape.Count);
            double* value = (double*)parameter.Value.Data + index;
            double original = *value;
            *value = original + Step;
            double above = step.Loss();
            *value = original - Step;
            double below = step.Loss();
            *value = original;
            double expected = (above - below) / (2 * Step), actual = gradients[parameter.Name][index];
            Assert.True(Math.Abs(actual - expected) <= 1e-8 + (1e-5 * Math.Abs(expected)),
                $"{parameter.Name}[{index}]: gradient {actual}, finite difference {expected}");
        }
    }

    [Fact]
    public void Predicting_fewer_tokens_equals_leaving_the_others_out_of_the_mean_when_the_decoder_is_empty_of_mixing()
    {
        // With attention's output projections at zero tokens do not see each other, so each prediction stands for itself.
        using ReferenceDevice device = new();
        using VideoMae model = VideoMae.Create(s_tiny, device, seed: 1);
        foreach (Parameter parameter in model.Parameters.Parameters.Where(item => item.Name.Contains("out_proj", StringComparison.Ordinal)))
        {
            device.Clear(parameter.Value);
        }

        using VideoMaeStep step = new(model);
        bool[] first = [.. step.Hidden.Select((hidden, token) => hidden && token % 2 == 0)];
        bool[] second = [.. step.Hidden.Select((hidden, token) => hidden && token % 2 == 1)];
        double whole = step.Loss() * step.Hidden.Count(hidden => hidden);
        step.Masks.Set(step.Hidden, first);
        double parts = step.Loss() * first.Count(hidden => hidden);
        step.Masks.Set(step.Hidden, second);
        parts += step.Loss() * second.Count(hidden => hidden);
        Assert.Equal(whole, parts, 1e-9);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Predicting_hidden_tokens_alone_changes_nothing(bool normalizesTargets)
    {
        using ReferenceDevice device = new();
        using VideoMae model = VideoMae.Create(s_tiny with { NormalizesTargets = normalizesTargets }, device, seed: 1);
        using VideoMaeStep step = new(model);
        step.ForwardBackward();
        double loss = step.Loss();
        step.ForwardBackward();
        float[][] gradients = [.. model.Parameters.Parameters.Select(parameter => model.Gradient(parameter.Name))];
        model.SkipsUnreadRows = false;
        Assert.Equal(loss, step.Loss(), 1e-12 * loss);
        step.ForwardBackward();
        for (int i = 0; i < gradients.Length; i++)
        {
            double largest = gradients[i].Max(Math.Abs);
            Assert.Equal(gradients[i], model.Gradient(model.Parameters.Parameters[i].Name), (a, b) => Math.Abs(a - b) <= 1e-6 * largest);
        }
    }

    [Fact]
    public void A_warm_step_allocates_no_managed_memory_and_recomputing_changes_no_bit()
    {
        using CpuDevice device = new(2);
        using VideoMae model = VideoMae.Create(s_tiny, device, seed: 1);
        using VideoMaeStep step = new(model);
        for (int warm = 0; warm < 3; warm++)
        {
            step.ForwardBackward();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        step.ForwardBackward();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        float[] kept = model.Gradient("encoder.patch_embed.proj.weight");
        model.RecomputesBlocks = true;
        step.ForwardBackward();
        Assert.Equal(kept, model.Gradient("encoder.patch_embed.proj.weight"));
    }

    [Fact]
    public void Stochastic_depth_draws_the_same_in_a_recomputed_block_and_something_else_in_the_next_step()
    {
        using CpuDevice device = new(1);
        using VideoMae model = VideoMae.Create(s_tiny with { DropPathRate = 0.5f }, device, seed: 1);
        using VideoMaeStep step = new(model);
        List<float[]> gradients = [];
        for (int number = 0; number < 8; number++)
        {
            step.Context = new StepContext { Seed = 3, StepInEpoch = number, IsTraining = true };
            model.RecomputesBlocks = false;
            step.ForwardBackward();
            gradients.Add(model.Gradient("encoder.patch_embed.proj.weight"));
            model.RecomputesBlocks = true;
            step.ForwardBackward();
            Assert.Equal(gradients[^1], model.Gradient("encoder.patch_embed.proj.weight"));
        }

        Assert.Contains(gradients, gradient => !gradient.SequenceEqual(gradients[0]));
    }

    [Fact]
    public void A_clip_without_a_visible_token_is_refused()
    {
        using CpuDevice device = new(1);
        using MaskPlan masks = new(device, tokenCount: 4, maximumClips: 2);
        Assert.Contains("clip 1 hides all", Assert.Throws<ArgumentException>(
            () => masks.Set([true, false, true, true, true, true, true, true])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => masks.Set([true, false, true, true], [true, true, false, false]));
        Assert.Throws<ArgumentException>(() => masks.Set(new bool[5]));
    }

    private static long Count(Model model, string prefix) => model.Parameters.Parameters
        .Where(parameter => parameter.Name.StartsWith(prefix, StringComparison.Ordinal)).Sum(parameter => parameter.Shape.Count);
}
