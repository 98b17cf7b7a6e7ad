using TorchSharp;

namespace Avion.Peers;

/// <summary>How far the sides are from computing the same.</summary>
/// <param name="Measure">What errors are told in.</param>
/// <param name="Sides">The errors of each side.</param>
/// <param name="Bounds">How large they may be.</param>
internal sealed record Agreement(string Measure, IReadOnlyList<SideErrors> Sides, Bounds Bounds)
{
    /// <summary>Whether all are near enough.</summary>
    public bool IsWithinBounds => Sides.All(side => side.IsWithin(Bounds));

    /// <summary>Computes on the peer's side and compares with what Avion wrote.</summary>
    /// <param name="workload">What was computed.</param>
    /// <param name="peers">The peer's sides that compute it.</param>
    /// <param name="threads">Compute threads.</param>
    /// <param name="exchange">Folder of what Avion wrote.</param>
    public static Agreement Of(Workload workload, IReadOnlyList<PeerSide> peers, int threads, string exchange)
    {
        using TensorFileReader own = new(ExchangeFiles.Results(exchange));
        return workload is StepWorkload { IsBFloat16: true } step ? AfterRounding(step, peers, threads, exchange, own)
            : new Agreement("distance, relative", [.. peers.Select(peer => Beside(own, workload, peer, threads, exchange).Relative($"{peer.Title}, from Avion"))],
                workload is OperationWorkload { IsBFloat16: true } ? Bounds.BFloat16Operation : Bounds.Float32);
    }

    public override string ToString() => $"{Measure}: {string.Join("; ", Sides)}";

    /// <summary>The peer beside Avion.</summary>
    private static ResultErrors Beside(TensorFileReader own, Workload workload, PeerSide peer, int threads, string exchange)
    {
        ResultErrors errors = new();
        using ITorchWork work = TorchWork.Open(workload, peer.Settings, threads, exchange);
        using DisposeScope scope = torch.NewDisposeScope();
        foreach ((string name, torch.Tensor value) in work.Results())
        {
            errors.Add(name, value.detach(), TorchClips.Read(own, name, torch.float32));
        }

        ExpectAll(own, errors.Names);
        return errors;
    }

    /// <summary>All sides beside float32, and float32 beside itself, rounded.</summary>
    private static Agreement AfterRounding(StepWorkload step, IReadOnlyList<PeerSide> peers, int threads, string exchange, TensorFileReader own)
    {
        StepWorkload exact = step.InFloat32();
        Dictionary<string, torch.Tensor> truth = [];
        using (ITorchWork work = TorchWork.Open(exact, PeerSettings.Best, threads, exchange))
        {
            using DisposeScope scope = torch.NewDisposeScope();
            foreach ((string name, torch.Tensor value) in work.Results())
            {
                truth.Add(name, value.detach().DetachFromDisposeScope());
            }
        }

        ExpectAll(own, truth.Keys);
        using TensorFileReader inputs = new(ExchangeFiles.Inputs(exchange));
        RoundingErrors rounding = new([.. RoundingErrors.Scales.Select(
            scale => BesideTruth(new TorchStep(exact, PeerSettings.Best, inputs, TorchTypes.Rounded(scale))))]);
        ResultErrors avion = new();
        foreach ((string name, torch.Tensor right) in truth)
        {
            using torch.Tensor result = TorchClips.Read(own, name, torch.float32);
            avion.Add(name, result, right);
        }

        List<(string Name, ResultErrors Errors)> sides = [("Avion", avion)];
        sides.AddRange(peers.Select(peer => (peer.Title, BesideTruth(TorchWork.Open(step, peer.Settings, threads, exchange)))));
        return new Agreement("distance from float32, over that of rounding", [.. sides.Select(side => side.Errors.InUnitsOf(rounding, side.Name))], Bounds.Rounding);

        ResultErrors BesideTruth(ITorchWork work)
        {
            ResultErrors errors = new();
            using (work)
            {
                using DisposeScope scope = torch.NewDisposeScope();
                foreach ((string name, torch.Tensor value) in work.Results())
                {
                    errors.Add(name, value.detach(), truth[name]);
                }
            }

            return errors;
        }
    }

    private static void ExpectAll(TensorFileReader own, IReadOnlyCollection<string> compared)
    {
        if (own.Names.FirstOrDefault(name => !compared.Contains(name)) is { } missing)
        {
            throw new PeerException($"The peer has no result named '{missing}', which Avion wrote.");
        }
    }
}
