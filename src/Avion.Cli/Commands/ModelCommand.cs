namespace Avion.Cli;

/// <summary>`avion model NAME`: tensors, parameters, operations and memory of a published model.</summary>
internal static class ModelCommand
{
    /// <summary>The masked autoencoder's name on the command line.</summary>
    public const string VideoMaeName = "VideoMAE-B/16";

    public static Command Create()
    {
        Argument<string> name = new("NAME") { Description = $"{string.Join(", ", DualEncoderPresets.Names)} or {VideoMaeName}." };
        Option<int> frames = new("--frames") { Description = "Frames of a clip.", DefaultValueFactory = _ => 4 };
        Option<int> tokens = new("--caption-tokens")
        {
            Description = "Tokens of a caption in a training step.", DefaultValueFactory = _ => 16,
        };
        Option<bool> tensors = new("--tensors") { Description = "List every tensor." };
        Option<bool> json = JsonOption.Create();
        Command command = new("model", "Show a model's tensors, parameters, operations and memory.")
        {
            name, frames, tokens, tensors, json,
        };
        command.SetAction(parsed => Run(parsed.GetValue(name)!, parsed.GetValue(frames), parsed.GetValue(tokens),
            parsed.GetValue(tensors), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string name, int frames, int captionTokens, bool listsTensors, bool asJson)
    {
        if (frames < 1 || captionTokens < 2)
        {
            throw new UsageException($"--frames is {frames} and --caption-tokens {captionTokens}; expected at least 1 and 2.");
        }

        // Nothing is computed: the planning device counts what a step would do.
        using PlanningDevice device = new();
        using TrainingTask task = CreateTask(name, frames, device);
        Model model = task.Model;
        using Tape tape = new(device);
        using SyntheticBatch clip = task.CreateSyntheticBatch(1);
        task.Prepare(tape, clip.Tensors);
        device.ResetCounters();
        task.Loss(tape, clip.Tensors, new StepMeasurements(device));
        if (asJson)
        {
            WriteJson(name, task, device.FlopCount, tape.Arena.PeakBytes, captionTokens, listsTensors);
            return ExitCode.Ok;
        }

        if (listsTensors)
        {
            ResultTable table = new("tensor", "shape", "parameters");
            foreach (Parameter parameter in model.Parameters.Parameters)
            {
                table.Add(parameter.Name, parameter.Shape.ToString(), Count(parameter.Shape.Count));
            }

            table.Write();
        }

        const double Mebibyte = 1 << 20, Giga = 1e9;
        ResultTable summary = new("what", "value");
        summary.Add("tensors", Count(model.Parameters.Parameters.Count));
        summary.Add("parameters", Count(model.Parameters.ValueCount));
        foreach (IGrouping<string, Parameter> part in model.Parameters.Parameters.GroupBy(parameter => parameter.Name.Split('.')[0]))
        {
            summary.Add($"  {part.Key}", Count(part.Sum(parameter => parameter.Shape.Count)));
        }

        summary.Add("forward pass of one clip, GFLOP", (device.FlopCount / Giga).ToString("N1", CultureInfo.InvariantCulture));
        summary.Add("weights in float32, MiB",
            (model.Parameters.ValueCount * sizeof(float) / Mebibyte).ToString("N0", CultureInfo.InvariantCulture));
        summary.Add("kept for backward of one clip, MiB", (tape.Arena.PeakBytes / Mebibyte).ToString("N0", CultureInfo.InvariantCulture));
        FlopTable.AddTo(summary, StepFlops.Of(task, clips: 1, captionTokens));
        summary.Write();
        return ExitCode.Ok;
    }

    private static void WriteJson(string name, TrainingTask task, long forwardFlops, long keptBytes, int captionTokens,
        bool listsTensors) =>
        JsonOutput.Write(json =>
        {
            IReadOnlyList<Parameter> parameters = task.Model.Parameters.Parameters;
            json.WriteString("model", name);
            json.WriteNumber("tensor_count", parameters.Count);
            json.WriteNumber("parameters", task.Model.Parameters.ValueCount);
            json.WriteStartObject("parts");
            foreach (IGrouping<string, Parameter> part in parameters.GroupBy(parameter => parameter.Name.Split('.')[0]))
            {
                json.WriteNumber(part.Key, part.Sum(parameter => parameter.Shape.Count));
            }

            json.WriteEndObject();
            json.WriteNumber("forward_gigaflop", forwardFlops / 1e9);
            json.WriteNumber("weight_bytes", task.Model.Parameters.ValueCount * sizeof(float));
            json.WriteNumber("kept_for_backward_bytes", keptBytes);
            json.WritePropertyName("step");
            StepFlops.Of(task, clips: 1, captionTokens).WriteTo(json);
            json.WriteStartArray("tensors");
            foreach (Parameter parameter in listsTensors ? parameters : [])
            {
                json.WriteStartObject();
                json.WriteString("name", parameter.Name);
                json.WriteStartArray("shape");
                foreach (int extent in parameter.Shape.ToArray())
                {
                    json.WriteNumberValue(extent);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });

    private static TrainingTask CreateTask(string name, int frames, Device device)
    {
        if (name.Equals(VideoMaeName, StringComparison.OrdinalIgnoreCase)
            || name.Equals("VIDEOMAE_VITB16", StringComparison.OrdinalIgnoreCase))
        {
            TaskKind masked = TrainingTasks.Find(MaskedVideoTask.Name)!;
            return masked.Create(TaskSetup.ForMeasuring(masked.NewRecipe(), device));
        }

        try
        {
            return new ContrastiveTask(TaskSetup.ForMeasuring(new Recipe(), device),
                DualEncoder.Create(DualEncoderPresets.Get(name, frames), device, seed: 0));
        }
        catch (ArgumentException)
        {
            throw new UsageException($"There is no model named '{name}'. Known: "
                + $"{string.Join(", ", DualEncoderPresets.Names)}, {VideoMaeName}.");
        }
    }

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
