namespace Avion.Compute;

/// <content>Graphs: the work of a stream, captured once and launched many times.</content>
public sealed unsafe partial class CudaDriver
{
    // Calls that capture cannot take are refused from the thread that captures alone: others load clips or drive other devices.
    private const int CaptureThread = 1;

    private delegate* unmanaged<nint, int, int> _beginCapture;
    private delegate* unmanaged<nint, nint*, int> _endCapture;
    private delegate* unmanaged<nint*, nint, ulong, int> _instantiate;
    private delegate* unmanaged<nint, nint, int> _graphLaunch;
    private delegate* unmanaged<nint, int> _graphDestroy, _executableDestroy;

    /// <summary>From here on a stream's work is noted instead of done.</summary>
    internal void BeginCapture(nint stream) => Check(_beginCapture(stream, CaptureThread), "cuStreamBeginCapture");

    /// <summary>Ends noting and forgets what was noted.</summary>
    /// <returns>Whether all of it could be noted.</returns>
    internal bool TryAbandonCapture(nint stream)
    {
        nint graph = 0;
        bool isWhole = _endCapture(stream, &graph) == CudaCodes.Success;
        if (graph != 0)
        {
            CheckRelease(_graphDestroy(graph), "cuGraphDestroy");
        }

        return isWhole;
    }

    /// <summary>Ends noting, and makes what was noted ready to launch.</summary>
    internal nint EndCapture(nint stream)
    {
        nint graph, executable;
        Check(_endCapture(stream, &graph), "cuStreamEndCapture");
        try
        {
            Check(_instantiate(&executable, graph, 0), "cuGraphInstantiateWithFlags");
        }
        finally
        {
            CheckRelease(_graphDestroy(graph), "cuGraphDestroy");
        }

        return executable;
    }

    internal void LaunchGraph(nint executable, nint stream) => Check(_graphLaunch(executable, stream), "cuGraphLaunch");

    internal void DestroyGraph(nint executable) => CheckRelease(_executableDestroy(executable), "cuGraphExecDestroy");

    private void FillGraphs()
    {
        _beginCapture = (delegate* unmanaged<nint, int, int>)Find("cuStreamBeginCapture_v2");
        _endCapture = (delegate* unmanaged<nint, nint*, int>)Find("cuStreamEndCapture");
        _instantiate = (delegate* unmanaged<nint*, nint, ulong, int>)Find("cuGraphInstantiateWithFlags");
        _graphLaunch = (delegate* unmanaged<nint, nint, int>)Find("cuGraphLaunch");
        _graphDestroy = (delegate* unmanaged<nint, int>)Find("cuGraphDestroy");
        _executableDestroy = (delegate* unmanaged<nint, int>)Find("cuGraphExecDestroy");
    }
}
