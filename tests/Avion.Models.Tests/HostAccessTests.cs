namespace Avion.Models.Tests;

/// <summary>No host memory is read or written between the begin and the end of a step, also where the device cannot address it.</summary>
/// <remarks>The steps that these tests run refuse every copy between host and device from the forward pass to the update.</remarks>
public sealed class HostAccessTests
{
    private static readonly StepContext s_training = new() { Seed = 3, StepInEpoch = 5, IsTraining = true };

    private static readonly VideoMaeConfig s_tiny = new()
    {
        Tubelets = new TubeletConfig { ImageSize = 8, PatchSize = 4, FrameCount = 4 },
        Encoder = new TransformerSize(12, 2, 3),
        Decoder = new TransformerSize(8, 1, 2),
    };

    public static TheoryData<string> Devices => ["cpu", "planned cuda", "planned cuda in float32"];

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_dual_encoder_step_that_drops_patches_and_paths_needs_no_host(string name)
    {
        using Device device = Open(name);
        DualEncoderConfig config = SmallModel.Config with
        {
            Vision = SmallModel.Config.Vision with { PatchDropoutRate = 0.5f, DropPathRate = 0.25f },
        };
        using DualEncoder model = DualEncoder.Create(config, device, seed: 1);
        using SmallModelStep step = new(model) { Context = s_training };
        step.ForwardBackward();
        Update(model);
        step.ForwardBackward();
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_masked_autoencoder_step_needs_no_host(string name)
    {
        using Device device = Open(name);
        using VideoMae model = VideoMae.Create(s_tiny with { DropPathRate = 0.25f }, device, seed: 1);
        using VideoMaeStep step = new(model) { Context = s_training };
        step.ForwardBackward();
        Update(model);
        step.ForwardBackward();
    }

    private static Device Open(string name) => name switch
    {
        "cpu" => new CpuDevice(2),
        "planned cuda" => PlanningDevice.For(DeviceDescription.Cuda()),
        _ => PlanningDevice.For(DeviceDescription.Cuda(ElementType.Float32)),
    };

    private static void Update(Model model)
    {
        ParameterStore parameters = model.Parameters;
        Device device = model.Device;
        using StepBlock block = new(device);
        using FlatBuffer momentum = new(device, parameters.TrainedLayout, device.AccumulationType);
        using UpdateTable all = new(device, new UpdateRange(0, parameters.TrainedLayout.Count, 1, 0));
        block.Begin(learningRate: 1e-3, normBound: 1);
        using HostAccessScope step = device.ForbidHostAccess();
        GlobalNorm.SumOfSquares(device, parameters.Gradients, block.SumOfSquares);
        GradientScale.Set(device, default, block.Memory);
        Sgd.Step(device, parameters.Trained, parameters.Gradients, momentum.Values, all, new SgdSettings(0.9), block.Memory);
        parameters.RefreshValues();
    }
}
